using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>
/// How a segment's cost is taken apart: of each unit of it, so much was the price of falling back, and so much more it would have been without routing; and what was refused
/// would have come on top. Accounting from usage records, with the uncertainty of the past's own days.
/// </summary>
/// <param name="Premium">By path, as a share of cost; null: nothing fell back dearer or cheaper.</param>
/// <param name="Saving">By path, as a share of cost; null: no call knows another price.</param>
/// <param name="DeniedDaily">By path, nano-units a day; null: nothing was refused.</param>
/// <param name="CostOfBound">What calls cost for each unit of their bound, 0 to 1: refused calls are counted at so much of theirs.</param>
internal sealed record SegmentLayers(double[]? Premium, double[]? Saving, double[]? DeniedDaily, double CostOfBound)
{
    /// <summary>Controls change often: their effect is that of the last four weeks.</summary>
    public const int ControlDays = 28;

    /// <summary>Failures are rare: a quarter of a year of them.</summary>
    public const int ResilienceDays = 91;

    private const double MostTimes = 10;

    public static SegmentLayers Of(SegmentSeries series, double costOfBound)
    {
        var (recent, longer) = (series.Days.TakeLast(ControlDays).ToArray(), series.Days.TakeLast(ResilienceDays).ToArray());
        var premium = ShareDraws.Of(longer, day => day.Compared.PremiumNanos, day => day.CostNanos, $"{series.Key.SeedName}\nresilience", -1, 1);
        var saving = ShareDraws.Of(recent, day => day.Compared.SavingNanos, day => day.CostNanos, $"{series.Key.SeedName}\nrouting", -1, MostTimes);

        // Days before the first are days without refusals.
        SegmentDay[] whole = [.. new SegmentDay[Math.Max(0, ControlDays - recent.Length)], .. recent];
        var denied = ShareDraws.Of(whole, day => day.DeniedNanos * costOfBound, _ => 1, $"{series.Key.SeedName}\ndenied", 0, double.MaxValue);
        return new SegmentLayers(premium, saving, denied, costOfBound);
    }

    /// <summary>What of a cost is resilience, and what control took off (below zero) or added.</summary>
    /// <param name="days">Over which the cost is, and refusals are expected.</param>
    public (long Control, long Resilience) Split(int path, long nanos, double days)
    {
        var resilience = ResilienceOf(path, nanos);
        return (-Saved(path, nanos) - Denied(path, days), resilience);
    }

    /// <summary>What routing saved of a cost against the default.</summary>
    public long Saved(int path, long nanos) => Saving is null ? 0 : Math.Max(Nanos.Signed(nanos * Saving[path]), ResilienceOf(path, nanos) - nanos);

    /// <summary>What was refused in so many days, at what calls cost of their bounds.</summary>
    public long Denied(int path, double days) => DeniedDaily is null ? 0 : Nanos.FromForecast(DeniedDaily[path] * days);

    private long ResilienceOf(int path, long nanos) => Premium is null ? 0 : Nanos.Signed(nanos * Premium[path]);

    /// <summary>The same of what was spent, as it was.</summary>
    public (long Control, long Resilience) Split(SegmentDay spent) =>
        (-spent.Compared.SavingNanos - Nanos.FromForecast(spent.DeniedNanos * CostOfBound), spent.Compared.PremiumNanos);

    /// <summary>What calls of several segments cost for each unit of their bounds over the last four weeks; 1 where none says.</summary>
    public static double CostOfBoundOf(IEnumerable<SegmentSeries> series)
    {
        var (cost, bound) = (0.0, 0.0);
        foreach (var day in series.SelectMany(segment => segment.Days.TakeLast(ControlDays)))
        {
            (cost, bound) = (cost + day.Compared.BoundedNanos, bound + day.Compared.BoundNanos);
        }

        return bound > 0 ? Math.Clamp(cost / bound, 0, 1) : 1;
    }
}
