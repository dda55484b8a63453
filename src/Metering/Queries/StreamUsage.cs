using System.Runtime.CompilerServices;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Retention;
using Platform.Postgres;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Metering.Queries;

/// <summary>
/// Every record of a window at a watermark, by (attempt_id, record_id). (1) Refuse what retention has dropped. (2) Close the watermark: from then on nothing is
/// recorded at or before it. (3) Read in one statement, streaming, by a connection that is kept at the caller's pace.
/// </summary>
internal sealed class StreamUsage(UsageQueryStore store, DroppedMonths dropped, Watermark watermark, NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>How far the caller's clock may be ahead of this one's; closing the far future would bend recorded_at.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromSeconds(5);

    private static readonly short[] AllFunding = [(short)Funding.Leased, (short)Funding.External, (short)Funding.History];

    private readonly StreamPlaces _places = new("usage", database);

    /// <exception cref="RpcException">RESOURCE_EXHAUSTED (STREAMS_BUSY); INVALID_ARGUMENT: range or funding; OUT_OF_RANGE: the watermark, until its time has come; FAILED_PRECONDITION (USAGE_NOT_KEPT).</exception>
    public async IAsyncEnumerable<UsageRecord> RunAsync(StreamUsageRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var from = Moments.Read("occurred_from", request.OccurredFrom) ?? Moments.Earliest;
        var before = Moments.Read("occurred_before", request.OccurredBefore) ?? Moments.Latest;
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var until = Moments.Read("recorded_until", request.RecordedUntil) ?? now;
        var after = Moments.Read("recorded_after", request.RecordedAfter) ?? Moments.Earliest;
        if (from > before)
        {
            throw RpcErrors.InvalidArgument("occurred_from must not lie after occurred_before.");
        }

        if (until > now + MostAhead)
        {
            throw RpcErrors.Create(
                StatusCode.OutOfRange, Reasons.InvalidArgument, $"recorded_until {until:O} lies in the future (it is {now:O}), so what it will hold is not known yet.");
        }

        if (request.Funding.Any(funding => funding is Funding.Unspecified || !Enum.IsDefined(funding)))
        {
            throw RpcErrors.InvalidArgument("funding must be leased, external or history.");
        }

        var funding = request.Funding.Count == 0 ? AllFunding : [.. request.Funding.Select(funding => (short)funding)];
        var window = new UsageWindow(from, before, request.ByBooked);
        using var place = _places.Enter();
        await CheckKeptAsync();
        await watermark.CloseAsync(until, cancellationToken);
        await foreach (var record in store.StreamAsync(window, after, until, funding, CheckKeptAsync, cancellationToken))
        {
            yield return record;
        }

        Task CheckKeptAsync() => dropped.CheckAsync(window, after, cancellationToken);
    }
}
