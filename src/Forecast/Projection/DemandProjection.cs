using Platform.Forecast.Series;
using Platform.Forecasting;

namespace Platform.Forecast.Projection;

/// <summary>The forecast of a series as it stands at a moment: a pure function of series, moment and calendar.</summary>
/// <param name="History">Full days that the model was fitted on.</param>
/// <param name="MonthDays">Days from today to the month's end, today included.</param>
/// <param name="RestOfToday">Share of today still to come.</param>
internal sealed record DemandProjection(SeriesForecast Series, SpendAhead Ahead, int History, int MonthDays, double RestOfToday)
{
    /// <summary>Days that are looked ahead, today included.</summary>
    public const int HorizonDays = 90;

    /// <summary>Full days with usage that a forecast needs.</summary>
    public const int LeastDays = ForecastEngine.LeastHistory;

    private const int LeastBacktestDays = 7;
    private const int MostBacktestDays = 28;

    /// <summary>Null when fewer than <see cref="LeastDays"/> full days had usage.</summary>
    public static DemandProjection? Make(DailySeries series, BillingCalendar calendar, DateTimeOffset now)
    {
        if (series.FullDaysWithUsage < LeastDays)
        {
            return null;
        }

        var history = series.FullDays.Select(day => (double)day.CostNanos).ToArray();
        var monthDays = DateTime.DaysInMonth(series.Today.Year, series.Today.Month) - series.Today.Day + 1;

        // Models are compared on totals as long as what is left of the month, since that is the total that is asked for first.
        var options = new SeriesForecastOptions(HorizonDays, Math.Clamp(monthDays, LeastBacktestDays, MostBacktestDays));
        var forecast = ForecastEngine.Forecast(history, options);
        var (start, end) = (calendar.StartOf(series.Today), calendar.StartOf(series.Today.AddDays(1)));
        var rest = Math.Clamp((end - now) / (end - start), 0, 1);
        return new DemandProjection(forecast, new SpendAhead(forecast.Paths, rest), history.Length, monthDays, rest);
    }
}
