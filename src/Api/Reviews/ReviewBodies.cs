using Platform.Api.Forecasts;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Api.Reviews;

/// <param name="ReviewsTotal">How many are kept, however many are listed.</param>
internal sealed record ReviewsBody(string Currency, IReadOnlyList<ReviewHeadBody> Reviews, int ReviewsTotal);

internal sealed record ReviewHeadBody(string Week, DateTimeOffset? MadeAt, Money Spend, Money Before, int Recommendations)
{
    public static ReviewHeadBody From(ReviewHead head) => new(head.Week, head.MadeAt.ToMoment(), new(head.SpendNanos), new(head.BeforeNanos), head.Recommendations);
}

/// <param name="Kept">It is stored, and never changes; else it was made now.</param>
/// <param name="ForecastVersion">The last version of the day before the week; 0: there was none.</param>
/// <param name="MonthEndBefore">What that version said of the end of the month that the week begins in; null without it.</param>
/// <param name="MonthEnd">What the newest version says of it or, with month_is_over, what the month came to.</param>
/// <param name="ControlsTotal">Of which at most 1,000 are listed; null in reviews that were kept before it was counted.</param>
/// <param name="Accuracy">Of the organisation's total.</param>
/// <param name="WalletsAtRisk">Money of teams, and of the organisation.</param>
/// <param name="SingleWalletsAtRisk">Of teams whose users or applications have wallets, each by itself.</param>
/// <param name="SingleWalletsTotal">Of which at most 200 are listed; null in reviews that were kept before they were looked at.</param>
/// <param name="CapsAtRisk">Period caps that one future in five or more reaches before their period ends.</param>
/// <param name="Recommendations">Those that concern most money first.</param>
internal sealed record ReviewBody(
    string Week, DateTimeOffset? WeekStart, DateTimeOffset? WeekEnd, DateTimeOffset? MadeAt, bool Kept, string Currency, IReadOnlyList<string> Summary, VarianceBody Variance,
    long ForecastVersion, IReadOnlyList<ForecastOfWeekBody> Forecasts, Money? MonthEndBefore, Money? MonthEnd, long NewestVersion, MaturityBody? Maturity,
    IReadOnlyList<ScoreBody> Accuracy, IReadOnlyList<ReviewAlertBody> Alerts, int AlertsTotal, IReadOnlyList<FundsOutlookBody> WalletsAtRisk,
    IReadOnlyList<BudgetOutlookBody> BudgetsAtRisk, IReadOnlyList<ControlBody> Controls, IReadOnlyList<DiagnosisFindingBody> Recommendations, IReadOnlyList<string> Notes,
    bool MonthIsOver, int? ControlsTotal, IReadOnlyList<WalletOutlookBody> SingleWalletsAtRisk, int? SingleWalletsTotal, IReadOnlyList<CapOutlookBody> CapsAtRisk)
{
    public static ReviewBody From(WeeklyReview review) => new(
        review.Week, review.WeekStart.ToMoment(), review.WeekEnd.ToMoment(), review.MadeAt.ToMoment(), review.Kept, review.Currency, review.Summary, VarianceBody.From(review.Variance),
        review.ForecastVersion, [.. review.Forecasts.Select(ForecastOfWeekBody.From)], review.HasMonthEndBeforeNanos ? new(review.MonthEndBeforeNanos) : null,
        review.HasMonthEndNanos ? new(review.MonthEndNanos) : null, review.NewestVersion,
        review.Maturity is { } maturity ? new(maturity.Band, maturity.HasVariance ? maturity.Variance : null, maturity.Targets, maturity.Sentence) : null,
        [.. review.Accuracy.Select(ScoreBody.From)], [.. review.Alerts.Select(ReviewAlertBody.From)], review.AlertsTotal, [.. review.WalletsAtRisk.Select(FundsOutlookBody.From)],
        [.. review.BudgetsAtRisk.Select(BudgetOutlookBody.From)], [.. review.Controls.Select(ControlBody.From)], [.. review.Recommendations.Select(DiagnosisFindingBody.From)], review.Notes,
        review.MonthIsOver, review.ControlsTotal == 0 && review.Controls.Count > 0 ? null : review.ControlsTotal,
        [.. review.SingleWalletsAtRisk.Select(WalletOutlookBody.From)], review.HasSingleWalletsTotal ? review.SingleWalletsTotal : null, [.. review.CapsAtRisk.Select(CapOutlookBody.From)]);
}

/// <param name="Difference">What came less the median.</param>
/// <param name="Held">What came is within the 80 % band.</param>
internal sealed record ForecastOfWeekBody(string TeamId, Money Actual, Money P10, Money P50, Money P90, Money Difference, bool Held)
{
    public static ForecastOfWeekBody From(ForecastOfWeek week) => new(
        week.TeamId, new(week.ActualNanos), new(week.P10Nanos), new(week.P50Nanos), new(week.P90Nanos), new(week.DifferenceNanos), week.Held);
}

internal sealed record ReviewAlertBody(string AlertId, DateTimeOffset? OccurredAt, string Kind, string Severity, string TeamId, string Title, bool Acknowledged)
{
    public static ReviewAlertBody From(ReviewAlert alert) => new(
        alert.AlertId, alert.OccurredAt.ToMoment(), alert.Kind, alert.Severity, alert.TeamId, alert.Title, alert.Acknowledged);
}
