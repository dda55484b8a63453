using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Projection;

/// <summary>The answer of GetForecast as a pure function of what was read: the total of the layers, told by day and by when money runs out.</summary>
internal static class ForecastViews
{
    /// <summary>Days that are told one by one, today included.</summary>
    public const int DaysShown = 90;

    private const int ScoresShown = 6;

    /// <param name="funds">Null without a wallet.</param>
    /// <param name="caps">Its own.</param>
    /// <param name="imported">What of the history's spend was imported.</param>
    /// <param name="room">For the work, which is filled anew.</param>
    /// <param name="days">That are told one by one.</param>
    public static ForecastView Make(ForecastMoment moment, string teamId, string currency, SpendableFunds? funds, IEnumerable<Cap> caps, long imported, DailyTotals room, int days = DaysShown)
    {
        var (horizon, layered) = (moment.Current.Horizon, moment.Of(teamId));
        var history = ScopeHistory.Of(layered.Teams, horizon.Today);
        var month = layered.Of(PeriodSpan.Of(PeriodKind.Month, horizon));
        var adjusted = Explanation.Adjusted([(PeriodKind.Month, month)], currency).SingleOrDefault();
        var view = new ForecastView
        {
            TeamId = teamId,
            Status = history.IsLongEnough ? ForecastStatus.Ready : ForecastStatus.HistoryTooShort,
            Explanation = history.IsLongEnough ? Explanation.OfForecast(moment, layered, history, imported, adjusted) : Explanation.OfShortHistory(history, adjusted),
            Currency = currency,
            AsOf = moment.Current.Now.ToTimestampUtc(),
            PeriodStart = horizon.Calendar.StartOf(month.Span.From).ToTimestampUtc(),
            PeriodEnd = horizon.Calendar.StartOf(month.Span.To).ToTimestampUtc(),
            MonthToDateNanos = month.Total.ToDate,
            DailyRunRateNanos = history.DailyRunRateNanos,
            HistoryDays = history.Days.Count,
            WalletAvailableNanos = funds?.AvailableNanos ?? 0,
            ObservingNote = funds?.ObservingNote ?? "",
        };
        if ((funds ?? SpendableFunds.Of([])) is { Wallets: { } charged, Observing: { } observing })
        {
            (view.Wallets, view.ObservingWallets) = (charged, observing);
        }

        if (history.IsLongEnough)
        {
            (view.MonthEndP10Nanos, view.MonthEndP50Nanos, view.MonthEndP90Nanos) = (month.Total.P10, month.Total.P50, month.Total.P90);
            view.Model = Explanation.Model(layered.Teams);
            view.Scores.AddRange(Scores(layered.Teams, teamId));
            AddAhead(view, moment.Current, room.Of(layered, moment.Current, teamId), layered, funds, days);
            view.Caps.AddRange(CapOutlooks.Of(caps, room, moment.Current, Confidence.Usual));
        }

        return view;
    }

    private static void AddAhead(ForecastView view, CurrentForecast current, DailyTotals totals, LayeredForecasts layered, SpendableFunds? funds, int days)
    {
        var horizon = current.Horizon;
        var today = layered.Teams.SelectMany(team => team.Segments).Sum(segment => current.TodayOf(segment.Key).CostNanos) + current.AdjustedToday(layered.TeamId);
        for (var day = 0; day < days; day++)
        {
            var (spent, sorted) = (day == 0 ? today : 0, totals.Sorted(day, day + 1));
            view.Days.Add(new ForecastDay
            {
                Date = horizon.Today.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                P10Nanos = spent + PathTotals.Quantile(sorted, 0.1),
                P50Nanos = spent + PathTotals.Quantile(sorted, 0.5),
                P90Nanos = spent + PathTotals.Quantile(sorted, 0.9),
            });
        }

        if (funds is not null)
        {
            var course = new FundsCourse(funds, totals, current);
            view.WalletExhaustedAt = course.ExhaustedIn(FundsOutlooks.Half)?.ToTimestampUtc();
            view.WalletExhaustedEarlyAt = course.ExhaustedIn(FundsOutlooks.Early)?.ToTimestampUtc();
        }
    }

    /// <summary>Backtests of the segments that spend most: each one's choice.</summary>
    private static IEnumerable<ModelScore> Scores(IReadOnlyList<TeamForecast> teams, string teamId) => teams.SelectMany(team => team.Segments)
        .Where(segment => segment.Forecast.Outlook is { Scores.Count: > 0 })
        .OrderByDescending(segment => segment.Forecast.DailyNanos).ThenBy(segment => segment.Key)
        .Take(ScoresShown)
        .Select(segment => (segment.Key, Score: segment.Forecast.Outlook!.Scores[0]))
        .Select(scored => new ModelScore
        {
            Segment = teamId.Length > 0 ? scored.Key.Name : $"{scored.Key.TeamId}: {scored.Key.Name}",
            Model = scored.Score.Model,
            Wape = scored.Score.Wape,
            Origins = scored.Score.Origins,
        });
}
