namespace Platform.Contracts.Events;

/// <summary>
/// A budget's spend, or what it is projected to be at the end of its period, reached a threshold. Once for a version of the budget, period, basis and threshold, in
/// the transaction that records the crossing; thresholds of one basis that are reached at the same moment are one event. A budget that is snoozed is silent: what it
/// crosses meanwhile is told when the snooze ends, if the period has not ended by then. Published by Metering from its outbox.
/// </summary>
/// <param name="EventId">The crossing of <paramref name="Percent"/>; also the event's identity.</param>
/// <param name="Version">Counts the budget's changes that arm its thresholds again; from 1.</param>
/// <param name="Basis">One of <see cref="BudgetBasis"/>.</param>
/// <param name="Percent">The threshold: the highest one of this basis that was reached now.</param>
/// <param name="LowerPercents">Thresholds of the same basis below it that were reached at the same moment, ascending; usually none.</param>
/// <param name="AmountNanos">The budget's amount, above 0, in nano-units.</param>
/// <param name="SpentNanos">Spent in the period so far, in nano-units.</param>
/// <param name="ProjectedNanos">For <see cref="BudgetBasis.Forecast"/>: spend of the whole period, as likely to be exceeded as not. Null for actual spend.</param>
/// <param name="Period">day, week, month, quarter or year.</param>
/// <param name="TimeZone">IANA name of the zone whose calendar the period is of.</param>
/// <param name="PeriodFrom">Half open.</param>
/// <param name="HardLimit">True when Wallet is to refuse calls beyond the budget's amount.</param>
/// <param name="OccurredAt">When it was noticed.</param>
/// <param name="LimitRefused">True when Wallet does not keep that limit, because it refused its cap: calls go on.</param>
public sealed record BudgetThresholdCrossed(
    Guid EventId,
    string BudgetId,
    string BudgetName,
    int Version,
    SpendScope Scope,
    string Basis,
    int Percent,
    IReadOnlyList<int> LowerPercents,
    long AmountNanos,
    long SpentNanos,
    long? ProjectedNanos,
    string Currency,
    string Period,
    string TimeZone,
    DateTimeOffset PeriodFrom,
    DateTimeOffset PeriodTo,
    bool HardLimit,
    DateTimeOffset OccurredAt,
    bool LimitRefused = false);

/// <summary>What a threshold is a part of the budget's amount by: the values of <see cref="BudgetThresholdCrossed.Basis"/>.</summary>
public static class BudgetBasis
{
    public const string Actual = "actual";
    public const string Forecast = "forecast";
}
