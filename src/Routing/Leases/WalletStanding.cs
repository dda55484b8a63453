using Platform.Contracts.Wallet.V1;

namespace Platform.Routing.Leases;

/// <summary>How the wallet that a subject's calls are charged to stood when Wallet last answered about its lease: as old as that answer, and never what money is set aside by.</summary>
/// <param name="BalanceNanos">What people call available, what leases have not drawn included.</param>
internal sealed record WalletStanding(WalletStatus Status, long BalanceNanos)
{
    /// <summary>Before the first answer.</summary>
    public static readonly WalletStanding Unknown = new(WalletStatus.Unspecified, 0);
}
