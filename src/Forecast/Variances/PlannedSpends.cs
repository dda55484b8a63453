using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Variances;

/// <summary>What plan items brought in a period: what their segment spent above its level of the four weeks before their start, as far as it was planned. The rest is growth. Pure.</summary>
internal static class PlannedSpends
{
    private const int LevelDays = 28;

    /// <param name="items">With their price a call.</param>
    /// <param name="segments">With the days from four weeks before the items' starts.</param>
    public static IEnumerable<PlannedSpend> Of(IEnumerable<(PlanRow Item, double NanosPerCall)> items, IReadOnlyDictionary<SegmentKey, SegmentSeries> segments, DaySpan days)
    {
        // What one item has taken of a segment is not there for the next.
        var taken = new Dictionary<SegmentKey, long>();
        foreach (var (item, price) in items.OrderBy(item => item.Item.StartsOn).ThenBy(item => item.Item.PlanId, StringComparer.Ordinal))
        {
            var key = new SegmentKey(item.TeamId, item.Workload, item.Lane);
            var (from, to) = (Max(days.From, item.StartsOn), Min(days.To, item.EndsOn ?? days.To));
            if (from < to && segments.TryGetValue(key, out var segment))
            {
                var level = segment.Sum(item.StartsOn.AddDays(-LevelDays), item.StartsOn).CostNanos / (double)LevelDays;
                var above = segment.Sum(from, to).CostNanos - Nanos.FromForecast(level * (to.DayNumber - from.DayNumber)) - taken.GetValueOrDefault(key);
                var planned = Enumerable.Range(0, to.DayNumber - from.DayNumber).Sum(day => item.CallsOn(from.AddDays(day)) * price);
                var nanos = Math.Clamp(above, 0, Nanos.FromForecast(planned));
                taken[key] = taken.GetValueOrDefault(key) + nanos;
                yield return new PlannedSpend(item.PlanId, key, item.Model, nanos);
            }
        }
    }

    private static DateOnly Max(DateOnly left, DateOnly right) => left > right ? left : right;

    private static DateOnly Min(DateOnly left, DateOnly right) => left < right ? left : right;
}
