using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;

namespace Platform.Metering.Alerts;

/// <summary>The alerts that budgets and their events become. Pure.</summary>
internal static class AlertOfBudget
{
    private const int WholeAmount = 100;

    public static AlertRow ThresholdCrossed(BudgetThresholdCrossed crossed)
    {
        var isForecast = crossed.Basis == Contracts.Events.BudgetBasis.Forecast;
        var figure = isForecast ? crossed.ProjectedNanos ?? crossed.SpentNanos : crossed.SpentNanos;
        var all = crossed.LowerPercents.Append(crossed.Percent).Select(percent => percent.ToString(CultureInfo.InvariantCulture));
        List<Figure> figures =
        [
            Figure.Amount("spent", crossed.SpentNanos, crossed.Currency), Figure.Amount("budget", crossed.AmountNanos, crossed.Currency),
            new("threshold", crossed.Percent.ToString(CultureInfo.InvariantCulture), "%"),
        ];
        if (isForecast)
        {
            figures.Insert(1, Figure.Amount("forecast", figure, crossed.Currency));
        }

        if (crossed.LowerPercents.Count > 0)
        {
            figures.Add(new("thresholds_reached", string.Join(", ", all), "%"));
        }

        return new AlertRow(
            crossed.EventId, AlertKind.BudgetThreshold, SeverityOf(crossed.Percent, isForecast), crossed.Scope.TeamId, crossed.BudgetId,
            $"Budget {crossed.BudgetName} {(isForecast ? "is forecast to reach" : "has reached")} {crossed.Percent} %: "
            + $"{Rounded(figure, crossed.Currency)} of {Rounded(crossed.AmountNanos, crossed.Currency)} {crossed.Currency}",
            $"{Scope(crossed.Scope)}, a {crossed.Period}. {Limit(crossed)}",
            [.. figures, .. ScopeFigures(crossed.Scope)], crossed.OccurredAt)
        {
            Period = (crossed.PeriodFrom, crossed.PeriodTo),
        };
    }

    public static AlertRow RateUnusual(SpendRateUnusual unusual) => new(
        unusual.EventId, AlertKind.SpendRate, unusual.TooHigh ? AlertSeverity.Warning : AlertSeverity.Info, unusual.Scope.TeamId, unusual.BudgetId,
        $"Spend of this {unusual.Window} under budget {unusual.BudgetName} is unusually {(unusual.TooHigh ? "high" : "low")}: "
        + $"{Rounded(unusual.SpentNanos, unusual.Currency)} {unusual.Currency}, expected {Rounded(unusual.LowNanos, unusual.Currency)} to {Rounded(unusual.HighNanos, unusual.Currency)}",
        $"{Scope(unusual.Scope)}. Expected by the same {unusual.Window}s before it. kt spend --since 24h shows what spends it.",
        [
            Figure.Amount("spent", unusual.SpentNanos, unusual.Currency), Figure.Amount("expected", unusual.ExpectedNanos, unusual.Currency),
            Figure.Amount("expected_low", unusual.LowNanos, unusual.Currency), Figure.Amount("expected_high", unusual.HighNanos, unusual.Currency),
            .. ScopeFigures(unusual.Scope),
        ],
        unusual.OccurredAt)
    {
        Period = (unusual.WindowFrom, unusual.WindowTo),
    };

    /// <summary>A hard limit that Wallet does not keep.</summary>
    /// <param name="problem">What Wallet says.</param>
    public static AlertRow CapRefused(BudgetRow budget, string problem, string currency, DateTimeOffset now) => new(
        Guid.CreateVersion7(now), AlertKind.CapRefused, AlertSeverity.Critical, budget.Scope.TeamId, budget.BudgetId,
        budget.WantsCap
            ? $"The hard limit of budget {budget.Name} is not in force: Wallet refuses {Rounded(budget.AmountNanos, currency)} {currency} a {budget.Period.ToString().ToLowerInvariant()}"
            : $"The hard limit of budget {budget.Name} has not ended: Wallet refuses to remove its cap",
        (budget.WantsCap ? $"{Scope(budget.Scope)}: calls beyond it are not refused. Wallet says: {problem} " : $"{Scope(budget.Scope)}: calls may still be refused. Wallet says: {problem} ")
            + $"Metering asks again every minute. Mend that, or change the budget; kt budgets show {budget.BudgetId} says when it is kept.",
        [Figure.Amount("budget", budget.AmountNanos, currency), .. ScopeFigures(budget.Scope)],
        now);

    private static string Limit(BudgetThresholdCrossed crossed) => crossed switch
    {
        { HardLimit: false } => "It is a soft limit: calls go on. kt budgets shows it.",
        { LimitRefused: true } => $"Its hard limit is not in force, because Wallet refuses it: calls go on. kt budgets show {crossed.BudgetId} says why.",
        _ => "It is a hard limit: calls beyond it are refused. kt budgets shows it.",
    };

    private static AlertSeverity SeverityOf(int percent, bool isForecast) => (percent >= WholeAmount, isForecast) switch
    {
        (true, false) => AlertSeverity.Critical,
        (true, true) or (false, false) => AlertSeverity.Warning,
        (false, true) => AlertSeverity.Info,
    };

    private static string Scope(SpendScope scope)
    {
        var named = ScopeFigures(scope).Select(figure => $"{figure.Label} {figure.Value}").ToList();
        return named.Count == 0 ? "All spend of the organisation" : $"Spend of {string.Join(", ", named)}";
    }

    private static IEnumerable<Figure> ScopeFigures(SpendScope scope) => new Figure[]
    {
        new("team", scope.TeamId), new("user", scope.UserId), new("key", scope.KeyId), new("provider", scope.Provider), new("model", scope.Model),
        new("workload", scope.Workload), new("lane", scope.Lane), new("tag", scope.TagKey.Length == 0 ? "" : $"{scope.TagKey}={scope.TagValue}"),
    }.Where(figure => figure.Value.Length > 0);

    private static string Rounded(long nanos, string currency) => new Money(nanos).ToComparableString(currency);
}
