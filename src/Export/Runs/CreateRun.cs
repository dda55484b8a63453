using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Jobs;

namespace Platform.Export.Runs;

/// <summary>Exports an exact window once, without a schedule.</summary>
internal sealed class CreateRun(StartRun start)
{
    public Task<RunRow> ExecuteAsync(CreateRunRequest request, CancellationToken cancellationToken)
    {
        var from = Moment("from", request.From);
        var to = Moment("to", request.To);
        if (from >= to)
        {
            throw RpcErrors.InvalidArgument("from must be before to.", Reasons.WindowInvalid);
        }

        if ((JobValidation.Format(request.Format) ?? JobValidation.Target(request.Bucket, request.Prefix)) is { } problem)
        {
            throw problem;
        }

        return start.ExecuteAsync(
            "export.create_run",
            request.IdempotencyKey,
            request,
            (_, now) => Task.FromResult(NewRun.OneOff(from, to, request.Format, request.Bucket, request.Prefix, now)),
            cancellationToken);
    }

    private static DateTimeOffset Moment(string field, Timestamp? timestamp) =>
        timestamp is not null && Moments.IsUsable(timestamp)
            ? timestamp.ToDateTimeOffset().TruncateToMicroseconds()
            : throw RpcErrors.InvalidArgument(Moments.Complaint(field), Reasons.WindowInvalid);
}
