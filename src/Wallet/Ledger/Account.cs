namespace Platform.Wallet.Ledger;

/// <summary>
/// The accounts of a wallet. <see cref="Funding"/> is the outside world, where the organisation's money comes from; it and <see cref="Overage"/> are the
/// other sides and have balances of 0 or less. All others are 0 or more; all together sum to 0.
/// </summary>
internal enum Account
{
    Funding = 1,
    Available = 2,
    Held = 3,
    Suspense = 4,
    Spent = 5,
    Overage = 6,
}

internal static class Accounts
{
    /// <summary>The account as the contract writes it, for example wal_team_support:held.</summary>
    public static string Address(string walletId, Account account) => $"{walletId}:{account.ToString().ToLowerInvariant()}";
}
