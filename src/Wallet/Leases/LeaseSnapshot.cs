using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>A lease as it stands while its wallet is locked. Amounts are running totals in nano-units.</summary>
/// <param name="Scope">The wallet and the caps that it was debited from.</param>
/// <param name="CapAccounts">Those caps' accounts.</param>
/// <param name="Drawn">As its holder last told.</param>
/// <param name="Open">As its holder last told: in flight.</param>
/// <param name="Posted">Moved to spent by usage records.</param>
/// <param name="Suspended">Moved to the suspense of single attempts.</param>
/// <param name="Released">Given back by an operator.</param>
/// <param name="Final">Its holder closed it: <paramref name="Drawn"/> is the last word.</param>
/// <param name="EndsAt">The end of the earliest period that bounds it; null when none does.</param>
/// <param name="ExpiresAt">When silence has a consequence.</param>
internal sealed record LeaseSnapshot(
    Guid LeaseId,
    string Holder,
    string WalletId,
    LeaseSubject Subject,
    string Scope,
    long[] CapAccounts,
    LeaseState State,
    long Granted,
    long Returned,
    long Drawn,
    long Open,
    long Posted,
    long Suspended,
    long Released,
    bool Final,
    bool JournalIncomplete,
    string Reason,
    DateTimeOffset? EndsAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset CreatedAt)
{
    /// <summary>When it went to suspense, where it is; as it was read.</summary>
    public DateTimeOffset? SuspendedAt { get; init; }

    /// <summary>What is still set aside.</summary>
    public long Held => Granted - Returned - Posted - Suspended - Released;

    /// <summary>What its holder could still draw when it last told.</summary>
    public long Undrawn => Granted - Returned - Drawn - Open;

    /// <summary>What people may count as available: <see cref="Undrawn"/>, until the lease is closed or in suspense.</summary>
    public long Drawable => State < LeaseState.Closed ? Undrawn : 0;

    /// <summary>What is set aside of it for calls that have ended, and waits for their usage records: it never returns.</summary>
    public long Unposted => State == LeaseState.Suspended ? 0 : Math.Max(0, Math.Min(Held, Drawn - Posted - Suspended));

    /// <summary>Where <see cref="Held"/> lies in the wallet.</summary>
    public Account Place => State == LeaseState.Suspended ? Account.Suspense : Account.Held;

    public Lease ToContract() => new()
    {
        LeaseId = LeaseId.ToString(),
        Holder = Holder,
        WalletId = WalletId,
        TeamId = Subject.TeamId,
        UserId = Subject.UserId,
        ApplicationId = Subject.ApplicationId,
        KeyId = Subject.KeyId,
        Scope = Scope,
        State = State,
        GrantedNanos = Granted,
        ReturnedNanos = Returned,
        DrawnNanos = Drawn,
        OpenNanos = Open,
        PostedNanos = Posted,
        SuspendedNanos = Suspended,
        ReleasedNanos = Released,
        HeldNanos = Held,
        CreatedAt = CreatedAt.ToTimestampUtc(),
        ExpiresAt = ExpiresAt.ToTimestampUtc(),
        EndsAt = EndsAt.ToTimestampUtc(),
        SuspendedAt = State == LeaseState.Suspended ? SuspendedAt.ToTimestampUtc() : null,
        Reason = Reason,
    };
}

/// <summary>Whose calls a lease is for; empty where there is none.</summary>
internal sealed record LeaseSubject(string TeamId, string UserId = "", string ApplicationId = "", string KeyId = "")
{
    /// <summary>The wallets that may be charged, in order: the first that exists is.</summary>
    public string[] Wallets => WalletAccounts.Candidates(TeamId, UserId, ApplicationId);
}
