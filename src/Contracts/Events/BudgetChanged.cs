namespace Platform.Contracts.Events;

/// <summary>A budget was made, changed or removed. In the transaction of the change. Published by Metering from its outbox.</summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Version">Counts the changes that arm its thresholds again; from 1.</param>
/// <param name="Active">False: it was removed.</param>
/// <param name="AmountNanos">Of each period, above 0, in nano-units.</param>
/// <param name="Period">day, week, month, quarter or year.</param>
/// <param name="TimeZone">IANA name of the zone whose calendar the periods are of.</param>
/// <param name="HardLimit">True when Wallet is to refuse calls beyond the amount.</param>
/// <param name="Actor">Key id of who changed it.</param>
public sealed record BudgetChanged(
    Guid EventId,
    string BudgetId,
    string BudgetName,
    int Version,
    bool Active,
    SpendScope Scope,
    long AmountNanos,
    string Currency,
    string Period,
    string TimeZone,
    bool HardLimit,
    string Actor,
    DateTimeOffset OccurredAt);
