using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Diagnoses;

namespace Platform.Forecast.Reviews;

/// <summary>A review in a few sentences. Pure.</summary>
internal static class ReviewSummary
{
    private const int MostNamed = 3;

    public static IEnumerable<string> Of(WeeklyReview review)
    {
        bool IsSame(long nanos) => !DiagnosisRules.IsSeen(Math.Abs(nanos), review.Currency);
        string Amount(long nanos) => $"{new Money(nanos).ToRoundedString(review.Currency)} {review.Currency}";

        var total = review.Variance.Total;
        yield return $"Spend was {Amount(total.CurrentNanos)}, "
            + (IsSame(total.ChangeNanos) ? "as much as in the week before." : $"{Amount(Math.Abs(total.ChangeNanos))}{Percent(total.ChangeNanos, total.BeforeNanos)} {(total.ChangeNanos < 0 ? "less" : "more")} than in the week before.");
        if (total.Items.FirstOrDefault(item => item.ChangeNanos != 0) is { } most)
        {
            yield return $"The largest part of the change, {(most.ChangeNanos > 0 ? "+" : "")}{Amount(most.ChangeNanos)}, is {Name(most.Class)}. {most.Sentence}";
        }

        yield return review.Forecasts.FirstOrDefault(week => week.TeamId.Length == 0) is { } forecast
            ? $"Version {review.ForecastVersion} had forecast {Amount(forecast.P50Nanos)} ({Amount(forecast.P10Nanos)} to {Amount(forecast.P90Nanos)}): {(IsSame(forecast.DifferenceNanos) ? "as much" : $"{Amount(Math.Abs(forecast.DifferenceNanos))} {(forecast.DifferenceNanos < 0 ? "less" : "more")}")} came, {(forecast.Held ? "within" : "outside")} its band."
            : review.ForecastVersion > 0 ? $"The week is not over: what version {review.ForecastVersion} forecast of it is held against it then."
            : "No version of the day before the week says what was forecast of it.";
        if (review.Maturity is { } maturity)
        {
            yield return maturity.Sentence;
        }

        var dry = review.WalletsAtRisk.Where(funds => funds.TeamId.Length > 0).ToArray();
        if (dry.Length > 0)
        {
            yield return $"Money at risk: {string.Join(", ", dry.Take(MostNamed).Select(funds => $"{funds.TeamId} ({Share(funds.ExhaustedNextMonth)} of futures by the end of next month{Observing(funds)})"))}{(dry.Length > MostNamed ? $" and {dry.Length - MostNamed} more" : "")}.";
        }

        if (review.SingleWalletsAtRisk.Count > 0)
        {
            var named = review.SingleWalletsAtRisk.Take(MostNamed).ToArray();
            yield return $"Single wallets at risk: {string.Join(", ", named.Select(wallet => $"{Whose(wallet)} ({Share(wallet.Funds.ExhaustedNextMonth)} of futures by the end of next month{Observing(wallet.Funds)})"))}{(review.SingleWalletsTotal > named.Length ? $" and {review.SingleWalletsTotal - named.Length} more" : "")}.";
        }

        if (review.CapsAtRisk.Count > 0)
        {
            yield return $"Caps at risk: {string.Join(", ", review.CapsAtRisk.Take(MostNamed).Select(cap => $"{(cap.TeamId.Length > 0 ? cap.TeamId : "the organisation")}'s of a {cap.Period.ToString().ToLowerInvariant()} ({Share(cap.Reached)} of futures before it ends)"))}{(review.CapsAtRisk.Count > MostNamed ? $" and {review.CapsAtRisk.Count - MostNamed} more" : "")}.";
        }

        if (review.Recommendations.Count > 0)
        {
            yield return $"First of {review.Recommendations.Count} recommendations{(review.Recommendations[0].AmountNanos == 0 ? "" : $", {Amount(review.Recommendations[0].AmountNanos)}")}: {review.Recommendations[0].TeamId}. {review.Recommendations[0].Sentence} {review.Recommendations[0].Act}";
        }
    }

    private static string Whose(WalletOutlook wallet) => wallet.UserId.Length > 0 ? $"user {wallet.UserId} in {wallet.Funds.TeamId}"
        : wallet.ApplicationId.Length > 0 ? $"application {wallet.ApplicationId} in {wallet.Funds.TeamId}" : $"{wallet.Funds.TeamId}'s own";

    /// <summary>What runs out of money and lets calls through all the same.</summary>
    private static string Observing(FundsOutlook funds) => funds.ObservingWallets == 0 ? "" : funds.ObservingWallets < funds.Wallets ? ", some only observe" : ", only observes";

    private static string Name(VarianceClass kind) => kind == VarianceClass.PlannedInvestment ? "planned investment" : kind.ToString().ToLowerInvariant();

    private static string Percent(long change, long before) => before > 0 ? $" ({Share(Math.Abs(change) / (double)before)})" : "";

    private static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.#} %");
}
