using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Retention;

namespace Platform.Metering.Queries;

/// <summary>Where sums of spend are read: in the roll-ups, or, where a filter names what those do not know, among the records.</summary>
internal sealed class SpendSource(SpendStore rollups, MarkedSpendStore marked, DroppedMonths dropped, TimeProvider time)
{
    /// <summary>Sums by bucket and the asked dimensions, at most <paramref name="limit"/> of them, in no order.</summary>
    /// <param name="buckets">At full quarter hours. Side by side, or a few that may overlap.</param>
    /// <param name="booked">By when usage is booked instead of when it occurred.</param>
    /// <param name="cut">Instead of the limit: the first rows, and the sum of those beyond.</param>
    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION (USAGE_NOT_KEPT): of marked usage, where retention has dropped some.</exception>
    public async Task<List<SpendSums>> ReadAsync(
        IReadOnlyList<TimeBucket> buckets, IReadOnlyList<SpendDimension> dimensions, IReadOnlyList<SpendCondition> conditions, bool booked, int limit,
        SpendCut? cut, CancellationToken cancellationToken)
    {
        if (conditions.Any(condition => condition.Dimension == SpendDimension.Mark))
        {
            var sums = await marked.ReadAsync(buckets, dimensions, conditions, booked, limit, cut, cancellationToken);
            if (buckets.Count > 0)
            {
                // After the sums: what is dropped meanwhile was noted before.
                var window = new UsageWindow(buckets.Min(bucket => bucket.From), buckets.Max(bucket => bucket.To), booked);
                await dropped.CheckAsync(window, Moments.Earliest, cancellationToken);
            }

            return sums;
        }

        var byCaller = IsByCaller(dimensions.Concat(conditions.Select(condition => condition.Dimension)));
        var units = RollupUnits.Of(buckets, RollupUnits.Grains(byCaller, booked), time.GetUtcNow());
        return await rollups.ReadAsync(units, dimensions, conditions, booked, limit, cut, cancellationToken);
    }

    /// <summary>Where usage begins within a span; at the span's beginning where there was some before, null where there is none until its end.</summary>
    public Task<DateTimeOffset?> FindFirstAsync(
        DateTimeOffset from, DateTimeOffset to, IReadOnlyList<SpendCondition> conditions, CancellationToken cancellationToken) =>
        conditions.Any(condition => condition.Dimension == SpendDimension.Mark)
            ? marked.FindFirstAsync(from, to, conditions, cancellationToken)
            : rollups.FindFirstAsync(from, to, conditions, IsByCaller(conditions.Select(condition => condition.Dimension)), cancellationToken);

    private static bool IsByCaller(IEnumerable<SpendDimension> dimensions) => dimensions.Any(SpendDimensions.IsCaller);
}
