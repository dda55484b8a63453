using Platform.Forecast.Layers;

namespace Platform.Forecast.Segments;

/// <summary>
/// A segment's past as it would have cost under the routing of today. What routing saves is known from records, so that a forecast need not guess whether a step in spend that a route made comes
/// again: each day counts at the default's price and first choices, times what calls of the last four weeks cost of that, later days more. All of it at the prices of today (<see cref="TodaysPrices"/>).
/// </summary>
internal static class TodaysRouting
{
    /// <summary>By day; the costs as they were where no call knows another price.</summary>
    public static double[] Costs(SegmentSeries series)
    {
        var days = series.AtTodaysPrices().Days;
        var (cost, byDefault, weight) = (0.0, 0.0, 1.0);
        for (var i = days.Count - 1; i >= Math.Max(0, days.Count - PaidDays(series)); i--)
        {
            (cost, byDefault, weight) = (cost + weight * days[i].CostNanos, byDefault + weight * ByDefault(days[i]), weight * SegmentLayers.ControlFading);
        }

        var paid = byDefault > 0 ? cost / byDefault : 1;
        return days.Any(day => day.Compared is not { SavingNanos: 0, PremiumNanos: 0 })
            ? [.. days.Select(day => ByDefault(day) * paid)]
            : [.. days.Select(day => (double)day.CostNanos)];
    }

    /// <summary>A new price changes what of the default's is paid, and whose price the default's is nobody knows: that is told by the days since, a week of them at least.</summary>
    private static int PaidDays(SegmentSeries series) => series.Prices?.Steps.LastOrDefault(step => step.Day < series.Today) is { } step
        ? Math.Clamp(series.Today.DayNumber - step.Day.DayNumber, SegmentForecaster.Week, SegmentLayers.ControlDays)
        : SegmentLayers.ControlDays;

    private static double ByDefault(SegmentDay day) => Math.Max(0, (double)day.CostNanos + day.Compared.SavingNanos - day.Compared.PremiumNanos);
}
