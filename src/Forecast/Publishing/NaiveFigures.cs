using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Publishing;

/// <summary>
/// What simple rules say of a total, kept with each version so that they are judged by what they would have said then: every day to come costs the mean of the last seven, or what
/// the same weekday cost last. Of today what is left of it is added to what it has spent. 0 where there is no week to look back on.
/// </summary>
internal static class NaiveFigures
{
    private const int Week = 7;

    /// <param name="spent">Of the period so far.</param>
    public static (long RunRate, long SeasonalNaive) Of(ScopeHistory history, PeriodSpan span, long spent, double restOfToday)
    {
        if (history.Days.Count < Week)
        {
            return (spent, spent);
        }

        var (first, end) = (Math.Max(0, span.From.DayNumber - history.Today.DayNumber), span.To.DayNumber - history.Today.DayNumber);
        var (days, seasonal) = (0.0, 0.0);
        for (var day = first; day < end; day++)
        {
            var part = day == 0 ? restOfToday : 1;
            days += part;
            seasonal += part * history.Days[^(Week - (day % Week))].CostNanos;
        }

        return (With(Nanos.FromForecast(history.DailyRunRateNanos * days)), With(Nanos.FromForecast(seasonal)));

        // More may have been given back than was spent.
        long With(long ahead) => spent < 0 ? spent + ahead : Nanos.Sum(spent, ahead);
    }
}
