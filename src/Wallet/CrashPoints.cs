namespace Platform.Wallet;

/// <summary>The steps of Wallet's operations at which a fault test may end the process: see <see cref="ServiceDefaults.Faults.CrashPoint"/>.</summary>
internal static class CrashPoints
{
    /// <summary>A batch of hold operations has what it decides on: read behind its wallets' locks, or as its writer wrote it last.</summary>
    public const string HoldBeforeDecision = "wallet.hold.before_decision";

    /// <summary>It is decided; nothing of it has been sent to the database.</summary>
    public const string HoldBeforeCommit = "wallet.hold.before_commit";

    /// <summary>It is durable; no caller has been answered.</summary>
    public const string HoldAfterCommit = "wallet.hold.after_commit";

    /// <summary>A movement of people is written, not committed.</summary>
    public const string FundsBeforeCommit = "wallet.funds.before_commit";

    /// <summary>It is committed, not answered.</summary>
    public const string FundsAfterCommit = "wallet.funds.after_commit";

    /// <summary>A period's end or a planned allocation is written, not committed.</summary>
    public const string PeriodBeforeCommit = "wallet.period.before_commit";

    /// <summary>It is committed; the next one that is due is not looked for yet.</summary>
    public const string PeriodAfterCommit = "wallet.period.after_commit";
    // Of leases, of postings and of an operator's release: everything is written and not committed, then committed and not answered.
    public const string LeaseAcquireBeforeCommit = "wallet.lease_acquire.before_commit";
    public const string LeaseAcquireAfterCommit = "wallet.lease_acquire.after_commit";
    public const string LeaseReportBeforeCommit = "wallet.lease_report.before_commit";
    public const string LeaseReportAfterCommit = "wallet.lease_report.after_commit";
    public const string LeaseSuspendBeforeCommit = "wallet.lease_suspend.before_commit";
    public const string LeaseSuspendAfterCommit = "wallet.lease_suspend.after_commit";
    public const string LeaseCloseBeforeCommit = "wallet.lease_close.before_commit";
    public const string LeaseCloseAfterCommit = "wallet.lease_close.after_commit";
    public const string LeaseSweepBeforeCommit = "wallet.lease_sweep.before_commit";
    public const string LeaseSweepAfterCommit = "wallet.lease_sweep.after_commit";
    public const string PostBeforeCommit = "wallet.post.before_commit";
    public const string PostAfterCommit = "wallet.post.after_commit";
    public const string SuspenseReleaseBeforeCommit = "wallet.suspense_release.before_commit";
    public const string SuspenseReleaseAfterCommit = "wallet.suspense_release.after_commit";
    /// <summary>A change of teams, users, applications or keys is written; nothing of it is durable.</summary>
    public const string IdentityBeforeCommit = "wallet.identity.before_commit";

    /// <summary>It is durable; its caller has not been answered.</summary>
    public const string IdentityAfterCommit = "wallet.identity.after_commit";
}
