using System.Globalization;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.SpecialDays;
using Platform.Forecasting;
using Platform.Forecasting.Effects;

namespace Platform.Forecast.Controls;

/// <summary>The effect of a change on a series, as a pure function of its days.</summary>
internal static class EffectViews
{
    public const int LeastBefore = ForecastEngine.LeastHistory;
    public const int LeastAfter = 3;

    /// <param name="series">Days that are over; enough of them before and after the change.</param>
    /// <param name="first">The first day under the change.</param>
    /// <param name="most">Days after it that are judged at most.</param>
    /// <param name="special">Days that are no effect of the change; null: none are known.</param>
    public static ControlEffect Make(SegmentSeries series, DateOnly first, int most, DayCalendar? special = null)
    {
        var before = first.DayNumber - series.FirstDay.DayNumber;
        var days = Math.Min(most, series.Days.Count - before);
        var options = new SeriesForecastOptions(1, 1) { Calendar = special?.EffectsOf(series, 0) ?? [] };
        var effect = ChangeEffect.Of([.. series.Days.Take(before + days).Select(day => (double)day.CostNanos)], before, options);
        return new ControlEffect
        {
            FirstDay = first.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Days = days,
            DaysBefore = before,
            ActualNanos = series.Sum(first, first.AddDays(days)).CostNanos,
            ExpectedP10Nanos = Nanos.FromForecast(effect.Expected.P10),
            ExpectedP50Nanos = Nanos.FromForecast(effect.Expected.P50),
            ExpectedP90Nanos = Nanos.FromForecast(effect.Expected.P90),
            DifferenceP10Nanos = Nanos.Signed(effect.Difference.P10),
            DifferenceP50Nanos = Nanos.Signed(effect.Difference.P50),
            DifferenceP90Nanos = Nanos.Signed(effect.Difference.P90),
            Share = new Share { Low = effect.Share.P10, Middle = effect.Share.P50, High = effect.Share.P90 },
            Visible = effect.IsVisible,
            Sentence = Sentence(effect),
        };
    }

    private static string Sentence(ChangeEffect effect)
    {
        string Percent(double share) => (100 * Math.Abs(share)).ToString("0.0", CultureInfo.InvariantCulture) + " %";
        var special = effect.Counterfactual.Learnt.Any(learnt => learnt.Ahead.Count > 0 && learnt.Ahead[0] < effect.Steps)
            ? $" Of these days {string.Join(" and ", effect.Counterfactual.Learnt.Select(learnt => learnt.Name))} were expected to be otherwise, as in the past."
            : "";
        return (effect.IsVisible
            ? $"Over {effect.Steps} days spend was {Percent(effect.Share.P50)} {(effect.Share.P50 < 0 ? "lower" : "higher")} than its past made likely ({Percent(effect.Share.P10)} to {Percent(effect.Share.P90)})."
            : $"Over {effect.Steps} days there is no visible effect: what came is within what the past made likely.") + special;
    }
}
