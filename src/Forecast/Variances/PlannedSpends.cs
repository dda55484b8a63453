using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Variances;

/// <summary>What plan items brought in a period: what their segments spent above their level of the four weeks before their start, as far as it was planned. The rest is growth. Pure.</summary>
internal static class PlannedSpends
{
    /// <summary>
    /// The same as it was booked. What an item brought is told at the prices of today, which it is planned at (decision 0196): what was paid before a new price would be twice the plan, or half of it.
    /// What of it is in the period was paid at the prices of the period's days.
    /// </summary>
    /// <param name="items">With their price a call today.</param>
    /// <param name="segments">At the prices of today, with the days from four weeks before the items' starts.</param>
    /// <param name="first">The first day of which the organisation's usage is known; null: of none.</param>
    public static IEnumerable<PlannedSpend> Booked(
        IReadOnlyCollection<(PlanRow Item, double NanosPerCall)> items, IEnumerable<SegmentSeries> segments, DateOnly? first, DaySpan days, PricesNow prices, BillingCalendar calendar)
    {
        var paid = items.ToDictionary(item => item.Item.PlanId, item => PaidFor(item.Item, days, prices, calendar), StringComparer.Ordinal);
        return Of(items, segments, first, days).Select(spend => spend with { Nanos = Nanos.FromForecast(spend.Nanos * paid[spend.PlanId]) });
    }

    /// <summary>What an item's calls cost on its days of a period for each unit that they cost now.</summary>
    private static double PaidFor(PlanRow item, DaySpan days, PricesNow prices, BillingCalendar calendar)
    {
        var (from, to) = DaysOf(item, days);
        return from < to && prices.Versions.OfPlan(item.Provider, item.Model, item.Lane) is { Changes: true } timeline
            && prices.Since(calendar.StartOf(from), calendar.StartOf(to), timeline, new MeanCall(item.InputTokens, item.OutputTokens)) is > 0 and var since ? 1 / since : 1;
    }

    /// <param name="items">With their price a call.</param>
    /// <param name="segments">With the days from four weeks before the items' starts.</param>
    /// <param name="first">The first day of which the organisation's usage is known; null: of none.</param>
    public static IEnumerable<PlannedSpend> Of(IEnumerable<(PlanRow Item, double NanosPerCall)> items, IEnumerable<SegmentSeries> segments, DateOnly? first, DaySpan days) =>
        PlanRises.Of(items, segments, first, item => DaysOf(item, days)).SelectMany(OfSegments);

    /// <summary>What items go on to bring, as they came in the days before: as much of what is planned in the same segments.</summary>
    /// <param name="items">With their price a call.</param>
    /// <param name="before">The days before.</param>
    /// <param name="calls">An item's calls that are to come and that its segments' level has.</param>
    public static IEnumerable<PlannedSpend> Ahead(
        IEnumerable<(PlanRow Item, double NanosPerCall)> items, IEnumerable<SegmentSeries> segments, DateOnly? first, DaySpan before, Func<PlanRow, double> calls) =>
        PlanRises.Of(items, segments, first, item => DaysOf(item, before)).SelectMany(rise => rise.Shares().OrderBy(segment => segment.Key)
            .Select(segment => new PlannedSpend(rise.Item.PlanId, segment.Key, rise.Item.Model, Nanos.FromForecast(segment.Value * calls(rise.Item) * rise.NanosPerCall))));

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

    private static (DateOnly From, DateOnly To) DaysOf(PlanRow item, DaySpan days) => (Max(days.From, item.StartsOn), Min(days.To, item.EndsOn ?? days.To));

    private static DateOnly Max(DateOnly left, DateOnly right) => left > right ? left : right;

    private static DateOnly Min(DateOnly left, DateOnly right) => left < right ? left : right;
}
