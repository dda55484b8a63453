using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Metering.Teams;

namespace Platform.Metering.DeniedDemand;

/// <summary>Demand that was refused or delayed, by any grouping and filter, in any time zone. Refusals are few beside calls: they are counted one by one.</summary>
internal sealed class QueryDenied(DeniedDemandStore store, TeamDirectory organisation)
{
    private const int MaxRows = 50_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public async Task<QueryDeniedResponse> RunAsync(QueryDeniedRequest request, CancellationToken cancellationToken)
    {
        if (!request.GroupBy.All(SpendDimensions.IsOfDenied) || request.GroupBy.Distinct().Count() != request.GroupBy.Count
            || request.GroupBy.Count(SpendDimensions.IsCalendar) > 1 || request.Top is < 0 or > MaxRows)
        {
            throw RpcErrors.InvalidArgument(
                $"group_by must name dimensions of denied demand, each at most once, and at most one calendar unit; top must be 0 to {MaxRows}.");
        }

        var filter = UsageFilter.Read(request.Filters, request.Tags, SpendDimensions.IsOfDenied);
        DeniedReasons.Require(request.Filters);
        var zone = TimeZones.Read(request.TimeZone);
        var from = Moments.Read("from", request.From);
        var to = Moments.Read("to", request.To);
        if (from > to)
        {
            throw RpcErrors.InvalidArgument("from must not lie after to.");
        }

        var calendar = request.GroupBy.ToList().FindIndex(SpendDimensions.IsCalendar);
        var answer = new QueryDeniedResponse { Total = new DeniedRow(), Currency = await organisation.GetCurrencyAsync(cancellationToken) };
        if (await BucketsAsync(request, calendar, zone, from, to, cancellationToken) is { Count: > 0 } buckets)
        {
            var dimensions = request.GroupBy.Where(dimension => !SpendDimensions.IsCalendar(dimension)).ToList();
            var (total, groups) = await store.ReadAsync(buckets, dimensions, calendar, filter, request.Top > 0 ? request.Top : MaxRows + 1, cancellationToken);
            answer.Total = Row(total, []);
            Fill(answer, groups, buckets, calendar, request.Top);
        }

        return answer;
    }

    private async Task<List<TimeBucket>> BucketsAsync(
        QueryDeniedRequest request, int calendar, TimeZoneInfo zone, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellationToken)
    {
        if ((from is null || to is null) && await store.ReadExtentAsync(cancellationToken) is var extent)
        {
            (from, to) = (from ?? extent?.From ?? Moments.Earliest, to ?? extent?.To ?? Moments.Earliest);
        }

        var (begin, end) = (Moments.QuarterHour(from!.Value), Moments.QuarterHour(to!.Value));
        return begin >= end ? []
            : calendar < 0 ? [new TimeBucket(begin, end, "")]
            : TimeBuckets.Of(request.GroupBy[calendar], zone, begin, end)
                ?? throw RpcErrors.InvalidArgument($"The range has more than {TimeBuckets.Most} calendar units; ask for a shorter range or greater units.");
    }

    private static void Fill(QueryDeniedResponse answer, List<DeniedSums> sums, List<TimeBucket> buckets, int calendar, int top)
    {
        if (sums.Count > MaxRows)
        {
            throw RpcErrors.InvalidArgument($"The answer has more than {MaxRows} rows; ask for a shorter range, a filter, fewer dimensions or the first rows only (top).", Reasons.TooManyRows);
        }

        sums.Sort((left, right) => top > 0 && right.EstimatedNanos.CompareTo(left.EstimatedNanos) is var byCost and not 0
            ? byCost
            : RowKeys.Compare(left.Bucket, left.Keys, right.Bucket, right.Keys, calendar));
        answer.Rows.AddRange(sums.Select(sum => Row(sum, RowKeys.Of(sum.Keys, calendar, calendar < 0 ? "" : buckets[sum.Bucket].Key))));
    }

    private static DeniedRow Row(DeniedSums sum, IEnumerable<string> keys) => new()
    {
        Keys = { keys },
        Attempts = sum.Attempts,
        EstimatedNanos = sum.EstimatedNanos,
        ObservedAttempts = sum.ObservedAttempts,
        ObservedNanos = sum.ObservedNanos,
        DelayedAttempts = sum.DelayedAttempts,
        DelayedNanos = sum.DelayedNanos,
        DelayedMs = sum.DelayedMs,
    };
}
