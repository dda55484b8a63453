using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Budgets;

/// <summary>A budget as it is stored. Id, scope, period and zone never change.</summary>
/// <param name="ActualPercents">Ascending, each once; as <paramref name="ForecastPercents"/>.</param>
/// <param name="Version">Counts the changes that arm its thresholds again; from 1.</param>
/// <param name="ArmedAt">When the last such change was: periods that had ended by then are not judged.</param>
/// <param name="SnoozedUntil">Null when it never was, or when somebody ended it.</param>
/// <param name="Counted">False until what was spent before it was set is counted.</param>
/// <param name="Due">Its thresholds are to be judged though nothing was spent.</param>
/// <param name="CapRevision">Counts what Wallet was to be told.</param>
internal sealed record BudgetRow(
    string BudgetId,
    string Name,
    SpendScope Scope,
    CalendarUnit Period,
    string TimeZone,
    long AmountNanos,
    IReadOnlyList<int> ActualPercents,
    IReadOnlyList<int> ForecastPercents,
    bool RateAlerts,
    bool HardLimit,
    bool Active,
    int Version,
    DateTimeOffset ArmedAt,
    DateTimeOffset? SnoozedUntil,
    bool Counted,
    bool Due,
    CapState CapState,
    long CapRevision,
    string CapId,
    string CapProblem,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    string ChangedBy)
{
    public TimeZoneInfo Zone => CalendarPeriod.StoredZone(TimeZone);

    public CalendarPeriod PeriodAt(DateTimeOffset moment) => CalendarPeriod.Containing(Period, Zone, moment);

    /// <summary>Whose forecast it is held against: its team's, or its own where it watches a part of one.</summary>
    public ForecastKey ForecastKey => Scope.IsWhole() ? new(Scope.TeamId, "") : new("", BudgetId);

    public bool IsSnoozed(DateTimeOffset now) => SnoozedUntil > now;

    /// <summary>Wallet is to keep a cap of its amount.</summary>
    public bool WantsCap => Active && HardLimit;

    /// <summary>The budget after a change that its cap is to follow: Wallet is told of it, if it has a cap or is to have one.</summary>
    public BudgetRow WithCapToTell() => WantsCap || CapState != CapState.None
        ? this with
        {
            CapState = CapState.Pending,
            CapRevision = checked(CapRevision + 1),
            CapProblem = "",
        }
        : this;
}

/// <summary>A threshold that was reached, as it is stored.</summary>
/// <param name="Basis">One of <see cref="Contracts.Events.BudgetBasis"/>.</param>
/// <param name="ToldAt">When its event was owed to the broker; null for not.</param>
internal sealed record CrossingRow(
    Guid CrossingId,
    string BudgetId,
    int Version,
    CalendarPeriod Period,
    string Basis,
    int Percent,
    long AmountNanos,
    long SpentNanos,
    long? ProjectedNanos,
    DateTimeOffset NoticedAt,
    DateTimeOffset? ToldAt,
    DateTimeOffset? AcknowledgedAt = null,
    string AcknowledgedBy = "",
    string Note = "")
{
    /// <summary>A snooze kept it back, and nobody has acknowledged it meanwhile.</summary>
    public bool IsWaiting => ToldAt is null && AcknowledgedAt is null;
}
