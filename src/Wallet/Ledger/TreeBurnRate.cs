using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>How fast a wallet and all below it are spent together. What is counted begins at full hours, so that what was spent before them need be looked up once only.</summary>
internal sealed class TreeBurnRate(SpentMarkStore marks, TimeProvider time)
{
    /// <summary>Longer than any mark is asked for.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(31);

    /// <summary>Null when there is no wallet below this one.</summary>
    public async Task<BurnRate?> OfAsync(WalletAccounts wallet, CancellationToken cancellationToken)
    {
        if (wallet.UserId.Length > 0 || wallet.ApplicationId.Length > 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var hours = HoursAt(now);
        var tree = await marks.ReadNowAsync(wallet.WalletId, hours, cancellationToken);
        if (tree.Wallets <= 1)
        {
            return null;
        }

        var spent = await marks.ReadAsync(wallet.WalletId, hours, cancellationToken);
        return BurnRateEstimate.Of(tree.Left, Since(0), Since(1), Since(2), now - wallet.CreatedAt, now, [], now - hours[1]);

        long Since(int hour) => tree.Spent - tree.Adjusted[hour] - spent[hours[hour]];
    }

    /// <summary>Looks up what the next question needs, and forgets what none will need any more.</summary>
    internal async Task PrepareAsync(string walletId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await marks.ReadAsync(walletId, HoursAt(now), cancellationToken);
        await marks.ForgetAsync(now - Kept, cancellationToken);
    }

    /// <summary>The full hours at or before one day, seven and thirty days ago.</summary>
    private static DateTimeOffset[] HoursAt(DateTimeOffset now)
    {
        var hour = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
        return [hour.AddDays(-1), hour.AddDays(-7), hour.AddDays(-30)];
    }
}
