using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Variances;

/// <summary>What plan items brought in a period: what their segments spent above their level of the four weeks before their start, as far as it was planned. The rest is growth. Pure.</summary>
internal static class PlannedSpends
{
    /// <param name="items">With their price a call.</param>
    /// <param name="segments">With the days from four weeks before the items' starts.</param>
    /// <param name="first">The first day of which the organisation's usage is known; null: of none.</param>
    public static IEnumerable<PlannedSpend> Of(IEnumerable<(PlanRow Item, double NanosPerCall)> items, IEnumerable<SegmentSeries> segments, DateOnly? first, DaySpan days) =>
        PlanRises.Of(items, segments, first, item => (Max(days.From, item.StartsOn), Min(days.To, item.EndsOn ?? days.To))).SelectMany(OfSegments);

    /// <summary>Each of the item's segments that rose has its part, and the last of them what rounding leaves.</summary>
    private static IEnumerable<PlannedSpend> OfSegments(PlanRise rise)
    {
        var (item, shares) = (rise.Item, rise.Shares().OrderBy(segment => segment.Key).ToArray());
        var left = Nanos.FromForecast(Math.Min(rise.Planned, rise.Came));
        foreach (var (place, (segment, share)) in shares.Index())
        {
            var nanos = place == shares.Length - 1 ? left : Math.Min(left, Nanos.FromForecast(share * rise.Planned));
            left -= nanos;
            yield return new PlannedSpend(item.PlanId, segment, item.Model, nanos);
        }
    }

    private static DateOnly Max(DateOnly left, DateOnly right) => left > right ? left : right;

    private static DateOnly Min(DateOnly left, DateOnly right) => left < right ? left : right;
}
