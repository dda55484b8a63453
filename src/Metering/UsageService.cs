using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Queries;
using Platform.Metering.Republishing;
using Platform.Metering.Teams;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering;

/// <summary>Intake and queries on the wire.</summary>
internal sealed class UsageService(
    RecordUsage record, RecordUsageStream recordStream, QuerySpend querySpend, GetRunRate getRunRate, ListUsage listUsage, GetUsage getUsage, TailUsage tailUsage,
    StreamUsage streamUsage, RepublishUsage republish, TeamDirectory teams, LeaseOwners leases) : Usage.UsageBase
{
    [RequireRole(Role.Editor, OrGateway = true, OrLeaseHolder = true, More = TellerCheck.MoreOfEditors)]
    public override async Task<RecordResponse> Record(RecordRequest request, ServerCallContext context)
    {
        var granted = await RequireAsync(request, context.GetCaller(), context.CancellationToken);
        return await record.RunAsync(request.Events, context.CancellationToken, granted: granted);
    }

    [RequireRole(Role.Editor, OrGateway = true, OrLeaseHolder = true, More = TellerCheck.MoreOfEditors)]
    public override async Task<RecordResponse> TryRecord(RecordRequest request, ServerCallContext context)
    {
        var granted = await RequireAsync(request, context.GetCaller(), context.CancellationToken);
        return await record.RunAsync(request.Events, context.CancellationToken, granted: granted, isDryRun: true);
    }

    [RequireRole(Role.Editor, OrGateway = true, OrLeaseHolder = true, More = TellerCheck.MoreOfEditors)]
    public override Task RecordStream(
        IAsyncStreamReader<RecordRequest> requestStream, IServerStreamWriter<RecordResponse> responseStream, ServerCallContext context)
    {
        var caller = context.GetCaller();
        return recordStream.RunAsync(requestStream, responseStream, request => RequireAsync(request, caller, context.CancellationToken), context.CancellationToken);
    }

    /// <summary>What the leases of a lease holder were granted; null for others, who are not bounded by it.</summary>
    private async Task<IReadOnlyDictionary<Guid, long>?> RequireAsync(RecordRequest request, Caller caller, CancellationToken cancellationToken)
    {
        foreach (var usage in request.Events)
        {
            if (TellerCheck.Complaint(usage, caller) is { } complaint)
            {
                throw RpcErrors.Create(StatusCode.PermissionDenied, Reasons.RoleMissing, $"Token {caller.KeyId} may not {complaint}");
            }
        }

        return caller.Role == Role.LeaseHolder ? await leases.CompleteOwnAsync(request.Events, caller, cancellationToken) : null;
    }

    [RequireRole(Role.Viewer)]
    public override async Task<QuerySpendResponse> QuerySpend(QuerySpendRequest request, ServerCallContext context)
    {
        await teams.RequireAsync(request.Filters, context.CancellationToken);
        return await querySpend.RunAsync(request, context.CancellationToken);
    }

    [RequireRole(Role.Viewer)]
    public override async Task<RunRate> GetRunRate(GetRunRateRequest request, ServerCallContext context)
    {
        await teams.RequireAsync(request.Filters, context.CancellationToken);
        return await getRunRate.RunAsync(request, context.CancellationToken);
    }

    [RequireRole(Role.Viewer)]
    public override async Task<ListUsageResponse> ListUsage(ListUsageRequest request, ServerCallContext context)
    {
        await teams.RequireAsync(request.Filters, context.CancellationToken);
        return await listUsage.RunAsync(request, context.CancellationToken);
    }

    [RequireRole(Role.Viewer)]
    public override Task<UsageDetail> GetUsage(GetUsageRequest request, ServerCallContext context) =>
        getUsage.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task TailUsage(TailUsageRequest request, IServerStreamWriter<TailUsageResponse> responseStream, ServerCallContext context)
    {
        await teams.RequireAsync(request.Filters, context.CancellationToken);
        await foreach (var item in tailUsage.RunAsync(request, context.CancellationToken))
        {
            await responseStream.WriteAsync(item, context.CancellationToken);
        }
    }

    [RequireRole(Role.Viewer)]
    public override async Task StreamUsage(StreamUsageRequest request, IServerStreamWriter<UsageRecord> responseStream, ServerCallContext context)
    {
        await foreach (var usage in streamUsage.RunAsync(request, context.CancellationToken))
        {
            await responseStream.WriteAsync(usage, context.CancellationToken);
        }
    }

    [RequireRole(Role.Owner)]
    public override Task<RepublishResponse> Republish(RepublishRequest request, ServerCallContext context) => republish.RunAsync(request, context.CancellationToken);
}
