using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>Where sums of spend are read: in the roll-ups, or, where a filter names what those do not know, among the records.</summary>
internal sealed class SpendSource(SpendStore rollups, MarkedSpendStore marked, TimeProvider time)
{
    /// <summary>Sums by bucket and the asked dimensions, at most <paramref name="limit"/> of them, in no order.</summary>
    /// <param name="buckets">At full quarter hours. Side by side, or a few that may overlap.</param>
    /// <param name="booked">By when usage is booked instead of when it occurred.</param>
    public Task<List<SpendSums>> ReadAsync(
        IReadOnlyList<TimeBucket> buckets, IReadOnlyList<SpendDimension> dimensions, IReadOnlyList<SpendCondition> conditions, bool booked, int limit,
        CancellationToken cancellationToken)
    {
        if (conditions.Any(condition => condition.Dimension == SpendDimension.Mark))
        {
            return marked.ReadAsync(buckets, dimensions, conditions, booked, limit, cancellationToken);
        }

        var byCaller = dimensions.Concat(conditions.Select(condition => condition.Dimension)).Any(SpendDimensions.IsCaller);
        var units = RollupUnits.Of(buckets, RollupUnits.Grains(byCaller, booked), time.GetUtcNow());
        return rollups.ReadAsync(units, dimensions, conditions, booked, limit, cancellationToken);
    }
}
