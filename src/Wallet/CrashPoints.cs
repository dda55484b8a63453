namespace Platform.Wallet;

/// <summary>The steps between which a test may end the process (see ServiceDefaults' CrashPoint), an operation's in the order in which they are reached.</summary>
internal static class CrashPoints
{
    /// <summary>A movement of people is written, not committed.</summary>
    public const string FundsBeforeCommit = "wallet.funds.before_commit";

    /// <summary>It is committed, not answered.</summary>
    public const string FundsAfterCommit = "wallet.funds.after_commit";

    /// <summary>A period's end or a planned allocation is written, not committed.</summary>
    public const string PeriodBeforeCommit = "wallet.period.before_commit";

    /// <summary>It is committed; the next one that is due is not looked for yet.</summary>
    public const string PeriodAfterCommit = "wallet.period.after_commit";
}
