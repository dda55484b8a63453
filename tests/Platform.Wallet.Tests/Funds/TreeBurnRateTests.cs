using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>What a wallet spends with all below it: where the organisation's money goes is its teams' wallets.</summary>
public sealed class TreeBurnRateTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact]
    public async Task Organisation_burns_what_its_teams_and_their_users_spend_and_lasts_as_long_as_all_their_money()
    {
        var (first, second) = (await ledger.TeamWithAsync(7_000), await ledger.TeamWithAsync(3_000));
        await ledger.UserAsync("ann");
        await ledger.Get<CreateWallet>().RunAsync(new CreateWalletRequest { TeamId = first, UserId = "ann", IdempotencyKey = "w" }, "test", LedgerFixture.Token);
        await ledger.PostAsync(ledger.Item(first, Guid.CreateVersion7(), 600, FundingClass.External), ledger.Item(second, Guid.CreateVersion7(), 100, FundingClass.External));

        var organisation = await ShowAsync(WalletAccounts.OrganisationId);
        Assert.Equal((0, DepletionOutlook.NotAtThisRate), (organisation.BurnRate.Last7DaysNanos, organisation.BurnRate.Outlook));
        Assert.Equal((700, 700, 700), (organisation.TreeBurnRate.LastDayNanos, organisation.TreeBurnRate.Last7DaysNanos, organisation.TreeBurnRate.Last30DaysNanos));
        Assert.Equal(DepletionOutlook.Projected, organisation.TreeBurnRate.Outlook);
        var left = LedgerFixture.Opening + 7_000 + 3_000 - 700;
        Assert.Equal(left / 700.0, (organisation.TreeBurnRate.DepletesAt.ToDateTimeOffset() - ledger.Time.GetUtcNow()).TotalDays, 3);

        Assert.Equal(600, (await ShowAsync(WalletAccounts.IdOf(first))).TreeBurnRate.Last7DaysNanos);
        var alone = await ShowAsync(WalletAccounts.IdOf(second));
        Assert.Null(alone.TreeBurnRate);
        Assert.Equal(100, alone.BurnRate.Last7DaysNanos);
        Assert.Null((await ShowAsync(WalletAccounts.IdOf(first, "ann"))).TreeBurnRate);
    }

    private Task<GetWalletResponse> ShowAsync(string walletId) => ledger.Get<ReadWallets>().GetAsync(walletId, LedgerFixture.Token);
}
