using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>
/// How a segment's cost is taken apart: of each unit of it, so much was the price of falling back, and so much more it would have been without routing; and what was refused
/// would have come on top. Accounting from usage records: a day ahead is like one of the past's own days. By path and column of <see cref="HorizonCalendar"/>, as a share of cost.
/// </summary>
/// <param name="Premium">Null: nothing fell back dearer or cheaper.</param>
/// <param name="Saving">Null: no call knows another price.</param>
/// <param name="Refused">At the prices that refused calls were to have; null: nothing was refused.</param>
/// <param name="RefusesAll">Nothing was spent, so that <paramref name="Refused"/> is nano-units, no share.</param>
/// <param name="Unfunded">In nano-units, what is refused for want of money while days are as they were; null: nothing was. An amount and no share of spend: where money is out spend falls, and
/// what is refused does not.</param>
/// <param name="CostOfBound">What calls cost for each unit of their bound, 0 to 1: refused calls are counted at so much of theirs.</param>
internal sealed record SegmentLayers(float[]? Premium, float[]? Saving, float[]? Refused, bool RefusesAll, double CostOfBound, float[]? Unfunded = null)
{
    /// <summary>Controls change often: their effect is that of the last four weeks.</summary>
    public const int ControlDays = 28;

    /// <summary>Of a team that is younger, days before its first count as days without refusals: one day alone, a loop's, would be every day ahead, in every future.</summary>
    public const int LeastControlDays = 7;

    /// <summary>What a day of them counts beside the next.</summary>
    public const double ControlFading = 0.9;

    /// <summary>Failures are rare: a quarter of a year of them.</summary>
    public const int ResilienceDays = 91;

    private const double MostTimes = 10;

    /// <summary>Nothing of its cost is of a layer beside the baseline.</summary>
    public bool IsNone => Premium is null && Saving is null && Refused is null;

    public static SegmentLayers None(double costOfBound) => new(null, null, null, false, costOfBound);

    /// <param name="known">Days since the first of its team; fewer than <see cref="LeastControlDays"/> are so many.</param>
    public static SegmentLayers Of(SegmentSeries series, double costOfBound, LayerDraws draws, int known)
    {
        var days = series.AtTodaysPrices().Days;
        known = Math.Max(known, LeastControlDays);
        var premium = draws.Resilience.Shares(days, day => day.Compared.PremiumNanos, day => day.CostNanos, -1, 1);
        var saving = draws.Control.Shares(days, day => day.Compared.SavingNanos, day => day.CostNanos, -1, MostTimes);
        var refused = draws.Control.Shares(days, day => day.DeniedNanos * costOfBound, day => day.CostNanos, 0, MostTimes);
        var all = refused is null ? draws.Control.Sums(days, day => day.DeniedNanos * costOfBound, known) : null;
        return new SegmentLayers(premium, saving, refused ?? all, all is not null, costOfBound, draws.Control.Sums(days, day => day.UnfundedNanos * costOfBound, known));
    }

    /// <summary>What of a column's cost is resilience, and what control took off (below zero) or added.</summary>
    /// <param name="nanos">Of what is left of the column.</param>
    /// <param name="rest">What part of the column is left, 0 to 1.</param>
    public (long Control, long Resilience) Split(int path, int column, long nanos, double rest) =>
        (-Saved(path, column, nanos) - Denied(path, column, nanos, rest) - SavedOfDenied(path, column, nanos, rest), ResilienceOf(path, column, nanos));

    /// <summary>What routing saved of a cost against the default.</summary>
    public long Saved(int path, int column, long nanos) =>
        Saving is null ? 0 : Math.Max(Nanos.Signed(nanos * ShareOf(Saving, path, column)), ResilienceOf(path, column, nanos) - nanos);

    /// <summary>What was refused, at the prices that it was to have.</summary>
    public long Denied(int path, int column, long nanos, double rest) =>
        Refused is null ? 0 : Nanos.FromForecast(ShareOf(Refused, path, column) * (RefusesAll ? rest : nanos));

    /// <summary>Of what is refused, what more money would let through.</summary>
    public long DeniedForFunds(int path, int column, double rest) => Unfunded is null ? 0 : Nanos.FromForecast(ShareOf(Unfunded, path, column) * rest);

    /// <summary>What routing would have saved of what was refused: without any control it would have come at the default's price.</summary>
    public long SavedOfDenied(int path, int column, long nanos, double rest) =>
        Saving is null || Refused is null ? 0 : Nanos.Signed(Denied(path, column, nanos, rest) * Math.Max(-1, ShareOf(Saving, path, column)));

    /// <summary>The same of what was spent, as it was.</summary>
    public (long Control, long Resilience) Split(SegmentDay spent) =>
        (-spent.Compared.SavingNanos - Nanos.FromForecast(spent.DeniedNanos * CostOfBound * ByDefault(spent.CostNanos, spent.Compared.SavingNanos)), spent.Compared.PremiumNanos);

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

    private long ResilienceOf(int path, int column, long nanos) => Premium is null ? 0 : Nanos.Signed(nanos * ShareOf(Premium, path, column));

    private static double ShareOf(float[] shares, int path, int column) => shares[path * HorizonCalendar.Columns + column];

    /// <summary>What calls cost by default, for each unit of what they cost.</summary>
    private static double ByDefault(long cost, long saving) => cost > 0 ? Math.Max(0, 1 + saving / (double)cost) : 1;
}

/// <summary>The draws of both kinds of layers, which all segments share.</summary>
internal sealed record LayerDraws(DayDraws Resilience, DayDraws Control)
{
    public static LayerDraws Of(HorizonCalendar calendar) =>
        new(new DayDraws(calendar, SegmentLayers.ResilienceDays, "resilience", isSmooth: true), new DayDraws(calendar, SegmentLayers.ControlDays, "control", SegmentLayers.ControlFading));
}
