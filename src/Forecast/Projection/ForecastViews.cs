using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Series;

namespace Platform.Forecast.Projection;

/// <summary>The answer of GetForecast as a pure function of what was read.</summary>
internal static class ForecastViews
{
    private const int RunRateDays = 7;

    /// <summary>The choice and the best of the many single models.</summary>
    private const int ScoresShown = 6;

    /// <param name="available">The wallet's available money in nano-units; null without a wallet.</param>
    public static ForecastView Make(
        string teamId, string currency, DailySeries series, long? available, BillingCalendar calendar, DateTimeOffset now)
    {
        var month = new DateOnly(series.Today.Year, series.Today.Month, 1);
        var projection = DemandProjection.Make(series, calendar, now);
        var view = new ForecastView
        {
            TeamId = teamId,
            Status = projection is null ? ForecastStatus.HistoryTooShort : ForecastStatus.Ready,
            Explanation = projection is null ? Explanation.OfShortHistory(series) : Explanation.OfProjection(series, projection),
            Currency = currency,
            AsOf = now.ToTimestampUtc(),
            PeriodStart = calendar.StartOf(month).ToTimestampUtc(),
            PeriodEnd = calendar.StartOf(month.AddMonths(1)).ToTimestampUtc(),
            MonthToDateNanos = series.CostSince(month),
            DailyRunRateNanos = RunRate(series),
            HistoryDays = Math.Max(0, series.Days.Count - 1),
            WalletAvailableNanos = available ?? 0,
        };
        if (projection is not null)
        {
            AddProjection(view, series, projection);
            AddExhaustion(view, series, projection, available, calendar, now);
        }

        return view;
    }

    private static void AddProjection(ForecastView view, DailySeries series, DemandProjection projection)
    {
        var monthEnd = Nanos.Add(view.MonthToDateNanos, projection.Ahead.Through(projection.MonthDays - 1));
        (view.MonthEndP10Nanos, view.MonthEndP50Nanos, view.MonthEndP90Nanos) = monthEnd;
        view.Model = projection.Series.Model;
        view.Scores.AddRange(projection.Series.Scores.Take(ScoresShown).Select(score => new ModelScore
        {
            Model = score.Model,
            Wape = score.Wape,
            Coverage80 = score.Coverage80,
            Origins = score.Origins,
        }));
        for (var day = 0; day < projection.Ahead.Horizon; day++)
        {
            var band = Nanos.Add(day == 0 ? series.UsageOfToday.CostNanos : 0, projection.Ahead.OnDay(day));
            view.Days.Add(new ForecastDay
            {
                Date = series.Today.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                P10Nanos = band.P10,
                P50Nanos = band.P50,
                P90Nanos = band.P90,
            });
        }
    }

    private static void AddExhaustion(
        ForecastView view, DailySeries series, DemandProjection projection, long? available, BillingCalendar calendar, DateTimeOffset now)
    {
        if (available is not { } nanos)
        {
            return;
        }

        var exhaustion = Exhaustion.Find(projection.Ahead, nanos, now, series.Today, calendar);
        view.WalletExhaustedAt = exhaustion.Expected?.TruncateToMicroseconds().ToTimestampUtc();
        view.WalletExhaustedEarlyAt = exhaustion.Early?.TruncateToMicroseconds().ToTimestampUtc();
    }

    /// <summary>Mean of the last seven full days, or of all when there are fewer; half a nano-unit rounds to even. 0 without a full day.</summary>
    private static long RunRate(DailySeries series)
    {
        var days = series.FullDays.TakeLast(RunRateDays).ToArray();
        return days.Length == 0 ? 0 : (long)Math.Round(days.Sum(day => (decimal)day.CostNanos) / days.Length, MidpointRounding.ToEven);
    }
}
