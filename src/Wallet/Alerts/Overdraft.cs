using Platform.Wallet.Ledger;

namespace Platform.Wallet.Alerts;

/// <summary>
/// When people hear that a wallet is overdrawn: when its overage rises from zero, and again whenever it has doubled since they heard of it, or since it was repaid in part. So a cent on Monday does not
/// hide hundreds on Wednesday, and one that grows by cents is not told at each call. Pure.
/// </summary>
/// <param name="Told">What they have heard of afterwards, for <see cref="WalletAccounts.OverageTold"/>.</param>
/// <param name="IsNews">To tell now.</param>
internal readonly record struct Overdraft(long Told, bool IsNews)
{
    /// <param name="wallet">After the movement.</param>
    public static Overdraft Decide(WalletAccounts wallet)
    {
        var isNews = wallet.Overage > 0 && wallet.Overage / 2 >= wallet.OverageTold;
        return new Overdraft(isNews ? wallet.Overage : Math.Min(wallet.OverageTold, wallet.Overage), isNews);
    }
}
