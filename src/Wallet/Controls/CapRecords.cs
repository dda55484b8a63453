using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Controls;

/// <summary>Whose call it is, for the caps that it is under. Empty where there is none.</summary>
internal readonly record struct CapSubject(string TeamId, string UserId, string KeyId);

/// <summary>A cap as it is stored. Scope, id, period, zone and source never change.</summary>
/// <param name="ScopeId">Team, user or key; empty for the organisation.</param>
/// <param name="Source">Whose cap it is when it is not made by people; else empty.</param>
/// <param name="Active">False: removed, and its accounts only count.</param>
/// <param name="Revision">Of its last change.</param>
/// <param name="CountsSince">When it was set, or last set again after it was removed: from then on it counts without a break.</param>
/// <param name="Uncounted">Spent in the period that ends at <paramref name="UncountedUntil"/> before the cap began to count.</param>
/// <param name="UncountedUntil">Null while nobody has said what was spent before.</param>
internal sealed record CapRow(
    string CapId,
    CapScope Scope,
    string ScopeId,
    CalendarUnit Period,
    string TimeZone,
    string Source,
    long Amount,
    string Description,
    bool Active,
    long Revision,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    string ChangedBy,
    DateTimeOffset CountsSince,
    long Uncounted = 0,
    DateTimeOffset? UncountedUntil = null)
{
    /// <exception cref="InvalidOperationException">This machine does not know the cap's time zone: what may pass under it is not known.</exception>
    public CalendarPeriod PeriodAt(DateTimeOffset moment) => TryPeriodAt(moment) ?? throw new InvalidOperationException(ZoneProblem);

    /// <summary>Null when this machine does not know the cap's time zone: who only shows it, or ends it, can do without.</summary>
    public CalendarPeriod? TryPeriodAt(DateTimeOffset moment) => CalendarPeriod.TryFindZone(TimeZone, out var zone) ? CalendarPeriod.Containing(Period, zone, moment) : null;

    private string ZoneProblem =>
        $"Cap {CapId} is kept in time zone {TimeZone}, which this machine does not know: install its time zone data, or remove the cap. Until then calls under it fail.";

    /// <summary>The cap as it is when what is spent in a period becomes known: taken over where it only begins to count, or nobody has said so before.</summary>
    /// <param name="before">The cap as it stood; null for a new one.</param>
    /// <param name="spent">What is known to be spent in the period that ends at Until; null: not said.</param>
    /// <param name="settled">What was spent from what the cap counts in the current period.</param>
    public CapRow WithSpent(CapRow? before, (long Nanos, DateTimeOffset Until)? spent, long settled, CalendarPeriod current) =>
        spent is var (nanos, until) && before is not { Active: true, UncountedUntil: not null }
            ? this with { Uncounted = until == current.To ? Math.Max(0, nanos - settled) : 0, UncountedUntil = current.To }
            : this;

    /// <summary>The cap as it is when more becomes known of what it misses in the period in which it began to count; itself when that is not the current one.</summary>
    /// <param name="settled">Spent from what it counts, and a part of what is spent.</param>
    public CapRow Corrected((long Nanos, DateTimeOffset Until) spent, long settled, CalendarPeriod current) =>
        Active && UncountedUntil == current.To && spent.Until == current.To ? this with { Uncounted = Math.Max(0, spent.Nanos - settled) } : this;

    /// <summary>What is taken off its amount in a period; 0 of one that is not known.</summary>
    public long UncountedIn(CalendarPeriod? period) => UncountedUntil is { } until && until == period?.To ? Uncounted : 0;

    /// <param name="period">The one that contains now; null where it is not known.</param>
    /// <param name="used">In that period.</param>
    /// <param name="settled">Of what is used.</param>
    public Cap ToContract(string currency, CalendarPeriod? period, long used, long settled = 0) => new()
    {
        CapId = CapId,
        Scope = Scope,
        ScopeId = ScopeId,
        Period = (CapPeriod)Period,
        TimeZone = TimeZone,
        AmountNanos = Amount,
        Currency = currency,
        Source = Source,
        Description = Description,
        Active = Active,
        PeriodFrom = period?.From.ToTimestampUtc(),
        PeriodTo = period?.To.ToTimestampUtc(),
        UsedNanos = used,
        LeftNanos = period is null ? 0 : Math.Max(0, Amount - UncountedIn(period) - used),
        CreatedAt = CreatedAt.ToTimestampUtc(),
        ChangedAt = ChangedAt.ToTimestampUtc(),
        ChangedBy = ChangedBy,
        UncountedNanos = UncountedIn(period),
        Problem = period is null ? ZoneProblem : "",
        SettledNanos = settled,
        UncountedUntil = UncountedUntil?.ToTimestampUtc(),
        CountsSince = CountsSince.ToTimestampUtc(),
    };
}

/// <summary>What a cap has counted in a period.</summary>
/// <param name="AccountId">Null: nothing was ever counted.</param>
/// <param name="Settled">Spent of what is used; the rest is set aside.</param>
internal readonly record struct CapCount(long? AccountId, long Used, long Settled);

/// <summary>What a cap counts in one period, while its row is locked.</summary>
/// <param name="Limit">Null when the cap was removed: no limit any more.</param>
/// <param name="Used">0 or more; may be above the limit.</param>
internal sealed record CapAccount(long AccountId, string CapId, DateTimeOffset PeriodTo, long? Limit, long Used)
{
    /// <summary>What may still be set aside: 0 or more.</summary>
    public long Left => Limit is { } limit ? Math.Max(0, limit - Used) : long.MaxValue;

    /// <summary>What the cap admits in a whole period. In the one in which it began to count its limit is less, by what was spent before.</summary>
    public required long Amount { get; init; }

    /// <summary>One that refuses nothing: see <see cref="CapAccountStore.RequireRoomCommand"/>.</summary>
    public static CapAccount WithRoom(long accountId) => new(accountId, "", default, null, 0) { Amount = 0 };
}
