namespace Platform.Contracts.Events;

/// <summary>
/// The spend that a budget watches left the band that is expected of this hour or day by the same hours or days before it. Once at the beginning of an unusual
/// stretch: hours and days that go on being unusual in the same way are kept in the budget's history and are no events. Published by Metering from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Window">One of <see cref="SpendRateWindow"/>.</param>
/// <param name="WindowFrom">Half open. While an hour or day runs it can only be found too high.</param>
/// <param name="TooHigh">False: spend fell below the band.</param>
/// <param name="SpentNanos">In the window up to now, in nano-units.</param>
/// <param name="ExpectedNanos">The middle of the band, in nano-units.</param>
/// <param name="LowNanos">The band's lower end, in nano-units; never below 0.</param>
/// <param name="HighNanos">The band's upper end, in nano-units.</param>
/// <param name="OccurredAt">When it was noticed.</param>
public sealed record SpendRateUnusual(
    Guid EventId,
    string BudgetId,
    string BudgetName,
    SpendScope Scope,
    string Window,
    DateTimeOffset WindowFrom,
    DateTimeOffset WindowTo,
    bool TooHigh,
    long SpentNanos,
    long ExpectedNanos,
    long LowNanos,
    long HighNanos,
    string Currency,
    string TimeZone,
    DateTimeOffset OccurredAt);

/// <summary>The values of <see cref="SpendRateUnusual.Window"/>.</summary>
public static class SpendRateWindow
{
    public const string Hour = "hour";
    public const string Day = "day";
}
