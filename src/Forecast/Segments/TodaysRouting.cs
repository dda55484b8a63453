using Platform.Forecast.Layers;

namespace Platform.Forecast.Segments;

/// <summary>
/// A segment's past as it would have cost under the routing of today. What routing saves is known from records, so that a forecast need not guess whether a step in spend that a route made comes
/// again: each day counts at the default's price and first choices, times what calls of the last four weeks cost of that, later days more.
/// </summary>
internal static class TodaysRouting
{
    /// <summary>By day; the costs as they were where no call knows another price.</summary>
    public static double[] Costs(SegmentSeries series)
    {
        var days = series.Days;
        var (cost, byDefault, weight) = (0.0, 0.0, 1.0);
        for (var i = days.Count - 1; i >= Math.Max(0, days.Count - SegmentLayers.ControlDays); i--)
        {
            (cost, byDefault, weight) = (cost + weight * days[i].CostNanos, byDefault + weight * ByDefault(days[i]), weight * SegmentLayers.ControlFading);
        }

        var paid = byDefault > 0 ? cost / byDefault : 1;
        return days.Any(day => day.Compared is not { SavingNanos: 0, PremiumNanos: 0 })
            ? [.. days.Select(day => ByDefault(day) * paid)]
            : [.. days.Select(day => (double)day.CostNanos)];
    }

    private static double ByDefault(SegmentDay day) => Math.Max(0, (double)day.CostNanos + day.Compared.SavingNanos - day.Compared.PremiumNanos);
}
