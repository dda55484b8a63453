using System.Globalization;
using Platform.Forecast.Series;

namespace Platform.Forecast.Projection;

/// <summary>What was done, or what is missing and until when, in sentences for people.</summary>
internal static class Explanation
{
    public static string OfShortHistory(DailySeries series)
    {
        var missing = DemandProjection.LeastDays - series.FullDaysWithUsage;
        return Join(
            $"There are {Number(series.FullDaysWithUsage)} full days with usage; a forecast needs {DemandProjection.LeastDays}. With usage on every day from today on there will be one from {Date(series.Today.AddDays(missing))}.",
            Unpriced(series));
    }

    public static string OfProjection(DailySeries series, DemandProjection projection) => Join(
        $"{projection.Series.Model} was fitted on {Number(projection.History)} full days, {Date(series.FirstDay)} to {Date(series.Today.AddDays(-1))}.",
        Choice(projection),
        Widening(projection),
        Findings(projection),
        $"Of today's forecast the {Percent(projection.RestOfToday)} of the day still to come are counted, on top of what today has spent.",
        History(series),
        Unpriced(series));

    /// <summary>Short: it stands beside figures of budgets.</summary>
    public static string OfPublication(DemandProjection projection) => $"{projection.Series.Model} on {Number(projection.History)} full days.";

    private static string Choice(DemandProjection projection)
    {
        var scores = projection.Series.Scores;
        var others = string.Join(" and ", scores.Skip(1).Take(2).Select(score => $"{score.Model} by {Percent(score.Wape)}"));
        return scores.Count == 0
            ? "The history is too short for a backtest."
            : $"It was chosen by backtest: from {Number(scores[0].Origins)} earlier days, totals of {Number(projection.Series.BacktestHorizon)} days were off by {Percent(scores[0].Wape)}; the best single models, {others}.";
    }

    private static string Widening(DemandProjection projection) =>
        $"Bands are as wide as the backtest's errors ask for, times {projection.Series.BandScale.ToString("0.00", CultureInfo.InvariantCulture)} because it is short.";

    private static string? Findings(DemandProjection projection) =>
        projection.Series.Findings.Count == 0 ? null : string.Join(" ", projection.Series.Findings.Select(finding => finding.Sentence));

    private static string? History(DailySeries series)
    {
        var (history, all) = (series.Days.Sum(day => (double)day.HistoryCostNanos), series.Days.Sum(day => (double)day.CostNanos));
        return history > 0 && all > 0 ? $"{Percent(history / all)} of the spend seen is imported history, which shows demand and never touched the wallet." : null;
    }

    private static string? Unpriced(DailySeries series)
    {
        var calls = series.Days.Sum(day => day.UnpricedCalls);
        return calls > 0 ? $"{calls.ToString(CultureInfo.InvariantCulture)} calls without a price are in no figure here." : null;
    }

    private static string Join(params string?[] sentences) => string.Join(" ", sentences.Where(sentence => sentence is not null));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
