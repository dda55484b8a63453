namespace Platform.Wallet;

/// <summary>The steps of Wallet's operations at which a fault test may end the process: one pair around each commit and each remote call.</summary>
internal static class CrashPoints
{
    public const string IdentityBeforeCommit = "wallet.identity.before_commit";
    public const string IdentityAfterCommit = "wallet.identity.after_commit";
}
