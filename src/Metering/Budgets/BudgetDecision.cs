using Platform.Contracts;
using BudgetBasis = Platform.Contracts.Events.BudgetBasis;

namespace Platform.Metering.Budgets;

/// <summary>What is known of one period of a budget.</summary>
/// <param name="ProjectedNanos">What the whole period is projected to cost; null where there is no projection.</param>
/// <param name="Crossed">Thresholds of this period that were reached before, under the budget's version.</param>
internal sealed record PeriodSpend(CalendarPeriod Period, long SpentNanos, long? ProjectedNanos, IReadOnlyList<CrossingRow> Crossed);

/// <param name="Reached">Thresholds that are reached for the first time: by basis, ascending.</param>
/// <param name="Told">Events to publish now, one a basis: its highest threshold first and those below it after it.</param>
internal sealed record BudgetOutcome(IReadOnlyList<Threshold> Reached, IReadOnlyList<Telling> Told);

/// <param name="Basis">One of <see cref="BudgetBasis"/>.</param>
internal readonly record struct Threshold(string Basis, int Percent);

/// <param name="LowerPercents">Ascending.</param>
internal sealed record Telling(string Basis, int Percent, IReadOnlyList<int> LowerPercents);

/// <summary>Which thresholds of a budget a period's spend has reached, and which of them are to be told. Pure.</summary>
internal static class BudgetDecision
{
    public static BudgetOutcome Decide(BudgetRow budget, PeriodSpend spend, DateTimeOffset now)
    {
        // A period that had ended when the thresholds were armed was judged by those before them.
        if (!budget.Active || spend.Period.To <= budget.ArmedAt)
        {
            return new BudgetOutcome([], []);
        }

        var known = spend.Crossed.Select(crossing => new Threshold(crossing.Basis, crossing.Percent)).ToHashSet();
        Threshold[] reached = [.. Actual(budget, spend).Concat(Forecast(budget, spend, now)).Where(threshold => !known.Contains(threshold))];
        if (budget.IsSnoozed(now))
        {
            return new BudgetOutcome(reached, []);
        }

        // What a snooze kept back is news no more once its period is over, or somebody has acknowledged it; what is reached now, by spend that came late, is.
        var waiting = spend.Period.To > now
            ? spend.Crossed.Where(crossing => crossing.IsWaiting).Select(crossing => new Threshold(crossing.Basis, crossing.Percent))
            : [];
        return new BudgetOutcome(reached, [.. reached.Concat(waiting).GroupBy(threshold => threshold.Basis).OrderBy(group => group.Key, StringComparer.Ordinal).Select(Tell)]);
    }

    /// <summary>At least the percentage of the amount; exact for every 64-bit amount.</summary>
    public static bool Reaches(long nanos, int percent, long amountNanos) => (Int128)nanos * 100 >= (Int128)amountNanos * percent;

    private static IEnumerable<Threshold> Actual(BudgetRow budget, PeriodSpend spend) => budget.ActualPercents
        .Where(percent => Reaches(spend.SpentNanos, percent, budget.AmountNanos))
        .Select(percent => new Threshold(BudgetBasis.Actual, percent));

    // A forecast of what has happened already would be noise.
    private static IEnumerable<Threshold> Forecast(BudgetRow budget, PeriodSpend spend, DateTimeOffset now) =>
        spend.ProjectedNanos is not { } projected || !spend.Period.Contains(now)
            ? []
            : budget.ForecastPercents
                .Where(percent => Reaches(projected, percent, budget.AmountNanos) && !Reaches(spend.SpentNanos, percent, budget.AmountNanos))
                .Select(percent => new Threshold(BudgetBasis.Forecast, percent));

    private static Telling Tell(IGrouping<string, Threshold> basis)
    {
        int[] percents = [.. basis.Select(threshold => threshold.Percent).Order()];
        return new Telling(basis.Key, percents[^1], percents[..^1]);
    }
}
