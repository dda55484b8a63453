using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Controls;
using Platform.Forecast.Diagnoses;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.Variances;

namespace Platform.Forecast.Reviews;

/// <summary>Makes the review of a week: what its parts answer at one moment, put together.</summary>
internal sealed class MakeReview(
    GetVariance variance, PublishedWeek published, GetAccuracy accuracy, GetLayers layers, Diagnose diagnose, OrganisationAlerts alerts, ControlStore controls, TimeProvider time)
{
    private const int MostAlerts = 200;
    private const int MostControls = 1000;
    private const int MostWallets = 200;
    private const double FundsAtRisk = 0.05;
    private const double BudgetAtRisk = 0.2;

    /// <param name="week">Of which a day is over at least.</param>
    public async Task<WeeklyReview> RunAsync(ReviewWeek week, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var change = await variance.RunAsync(new GetVarianceRequest { Comparison = Comparison.Week, At = week.Monday.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) }, cancellationToken);
        var review = new WeeklyReview
        {
            Week = week.Name, WeekStart = change.CurrentStart, WeekEnd = change.CurrentEnd, MadeAt = now.ToTimestampUtc(), Currency = change.Currency, Variance = change,
        };
        await published.AddAsync(review, week, cancellationToken);

        // That there are older versions need not be told every week.
        var scored = await accuracy.RunAsync(new GetAccuracyRequest { Since = now.AddDays(-GetAccuracy.DefaultDays).ToTimestampUtc() }, cancellationToken);
        review.Maturity = scored.Maturity;
        review.Accuracy.AddRange(scored.Rows.Where(row => row is { TeamId: "", Layer: Layer.Total }));
        await AddEventsAsync(review, cancellationToken);
        var ahead = await layers.RunAsync(new GetLayersRequest(), cancellationToken);
        AddMoney(review, ahead);
        review.BudgetsAtRisk.AddRange(ahead.Budgets.Where(budget => budget.Crossing >= BudgetAtRisk)
            .OrderByDescending(budget => budget.Crossing).ThenBy(budget => budget.BudgetId, StringComparer.Ordinal));
        review.CapsAtRisk.AddRange(ahead.Caps.Where(cap => cap.Reached >= BudgetAtRisk).Ordered());
        review.Recommendations.AddRange((await diagnose.RunAsync(new DiagnoseRequest(), cancellationToken)).Findings);

        // A review has no figure of the next year, of which the layered answer says how far it goes.
        var calendar = Calendars.Require(ahead.TimeZone);
        var year = LayeredForecasts.NextYearSentence(new HorizonCalendar(calendar, calendar.DayOf(ahead.AsOf.ToDateTimeOffset())));
        review.Notes.AddRange([.. change.Notes, .. ahead.Notes.Where(note => note != year), .. scored.Notes]);
        review.Summary.AddRange(ReviewSummary.Of(review));
        return review;
    }

    /// <summary>Sums of teams, and wallets by themselves: that one of them runs out is not seen in the sum of a team that has enough.</summary>
    private static void AddMoney(WeeklyReview review, LayeredForecast ahead)
    {
        review.WalletsAtRisk.AddRange(AtRisk(ahead.Funds, funds => funds).ThenBy(funds => funds.TeamId, StringComparer.Ordinal));

        // A team's only wallet is what the team has.
        var several = ahead.Wallets.GroupBy(wallet => wallet.Funds.TeamId).Where(team => team.Count() > 1 || team.Single() is not { UserId: "", ApplicationId: "" }).SelectMany(team => team);
        WalletOutlook[] single = [.. AtRisk(several, wallet => wallet.Funds).ThenBy(wallet => wallet.Funds.TeamId, StringComparer.Ordinal).ThenBy(wallet => wallet.WalletId, StringComparer.Ordinal)];
        review.SingleWalletsAtRisk.AddRange(single.Take(MostWallets));
        review.SingleWalletsTotal = single.Length;
    }

    /// <summary>
    /// What is at risk this month comes first, in a month's last week what is in the next seven days; the rest by the next month: a chance of one in a hundred now is not before one of nine in ten then.
    /// </summary>
    public static IOrderedEnumerable<T> AtRisk<T>(IEnumerable<T> all, Func<T, FundsOutlook> of) => all.Where(one => of(one).ExhaustedNextMonth >= FundsAtRisk)
        .OrderByDescending(one => (of(one).Soon?.Exhausted ?? of(one).ExhaustedThisMonth) is var early && early >= FundsAtRisk ? early : 0).ThenByDescending(one => of(one).ExhaustedNextMonth);

    private async Task AddEventsAsync(WeeklyReview review, CancellationToken cancellationToken)
    {
        var (from, to) = (review.WeekStart.ToDateTimeOffset(), review.WeekEnd.ToDateTimeOffset());
        var told = (await alerts.ListAsync(AlertKind.Unspecified, from, to, cancellationToken)).Where(alert => alert.Kind != AlertKind.Test).ToArray();
        review.AlertsTotal = told.Length <= MostAlerts ? told.Length : (int)(await alerts.CountAsync(from, to, cancellationToken) ?? told.Length);
        review.Alerts.AddRange(told.Take(MostAlerts).Select(alert => new ReviewAlert
        {
            AlertId = alert.AlertId, OccurredAt = alert.OccurredAt, Kind = Word(alert.Kind), Severity = Word(alert.Severity), TeamId = alert.TeamId, Title = alert.Title,
            Acknowledged = alert.AcknowledgedAt is not null,
        }));
        review.Controls.AddRange((await controls.ListAsync(new ControlFilter("", from, to), MostControls, cancellationToken)).Select(ListControls.ToWire));
        review.ControlsTotal = await controls.CountAsync(new ControlFilter("", from, to), cancellationToken);
    }

    private static string Word<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
