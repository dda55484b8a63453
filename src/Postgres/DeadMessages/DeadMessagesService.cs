using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Operations.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Postgres.DeadMessages;

/// <summary>The contract of dead messages: the same for every service.</summary>
internal sealed class DeadMessagesService(DeadMessageStore store, DecideDeadMessage decide) : Messages.MessagesBase
{
    private const string List = "dead messages";

    [RequireRole(Role.Viewer)]
    public override async Task<ListDeadResponse> ListDead(ListDeadRequest request, ServerCallContext context)
    {
        var page = PageRequest.Of(request.PageSize, request.PageToken);
        var state = request.State == Contracts.Operations.V1.DeadMessageState.Unspecified ? DeadMessageState.Dead : (DeadMessageState)request.State;
        var (rows, next) = page.Cut(await store.ListAsync(state, page.Below(List), page.Limit, context.CancellationToken), List, row => row.DeadId);
        return new ListDeadResponse
        {
            Messages = { rows.Select(row => ToContract(row)) },
            NextPageToken = next,
        };
    }

    [RequireRole(Role.Viewer)]
    public override async Task<DeadMessage> GetDead(GetDeadRequest request, ServerCallContext context) =>
        ToContract(Found(await store.FindAsync(request.DeadId, context.CancellationToken), request.DeadId), withBody: true);

    [RequireRole(Role.Admin)]
    public override async Task<DeadMessage> ReplayDead(ReplayDeadRequest request, ServerCallContext context) =>
        ToContract(Found(await decide.ReplayAsync(request.DeadId, context.GetCaller().KeyId, context.CancellationToken), request.DeadId));

    [RequireRole(Role.Admin)]
    public override async Task<DeadMessage> DiscardDead(DiscardDeadRequest request, ServerCallContext context) =>
        ToContract(Found(await decide.DiscardAsync(request.DeadId, context.GetCaller().KeyId, context.CancellationToken), request.DeadId));

    private static DeadMessageRow Found(DeadMessageRow? row, long deadId) =>
        row ?? throw RpcErrors.NotFound(Reasons.MessageNotFound, $"There is no dead message {deadId}. List them first.");

    private static DeadMessage ToContract(DeadMessageRow row, bool withBody = false) => new()
    {
        DeadId = row.DeadId,
        Queue = row.Queue,
        MessageId = row.MessageId,
        MessageType = row.MessageType,
        FailureType = row.FailureType,
        FailureMessage = row.FailureMessage,
        State = (Contracts.Operations.V1.DeadMessageState)row.State,
        FailedAt = row.FailedAt.ToTimestampUtc(),
        CollectedAt = row.CollectedAt.ToTimestampUtc(),
        EndedAt = row.EndedAt.ToTimestampUtc(),
        EndedBy = row.EndedBy,
        Body = withBody ? ByteString.CopyFrom(row.Body) : ByteString.Empty,
    };
}
