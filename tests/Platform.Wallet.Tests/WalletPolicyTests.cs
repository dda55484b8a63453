using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

public sealed class WalletPolicyTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task Only_what_is_present_changes_and_is_audited_with_before_and_after()
    {
        var wallet = WalletAccounts.IdOf(await ledger.TeamWithAsync(0));
        await SetAsync(new SetWalletPolicyRequest { WalletId = wallet, Observe = true, LowPercents = new LowPercents { Percents = { 10, 50 } } });

        var view = await SetAsync(new SetWalletPolicyRequest { WalletId = wallet, EmptyWaitSeconds = 30, OverflowToParent = true });

        var expected = new Contracts.Wallet.V1.WalletPolicy { Observe = true, OverflowToParent = true, EmptyWaitSeconds = 30, LowPercents = { 50, 10 } };
        Assert.Equal(expected, view.Policy);
        Assert.Equal(expected, (await ledger.Get<ReadWallets>().ListAsync(new ListWalletsRequest(), LedgerFixture.Token)).Wallets.Single(each => each.WalletId == wallet).Policy);
        Assert.Equal("test", await ledger.ScalarAsync<string>(
            """
            SELECT actor FROM identity.audit_log WHERE action = 'wallet.policy' AND subject = $1
            AND before @> '{"observe": true}' AND after @> '{"observe": true, "empty_wait_seconds": 30}'
            """, wallet));
        Assert.False((await SetAsync(new SetWalletPolicyRequest { WalletId = wallet, Observe = false })).Policy.Observe);
        Assert.Empty((await SetAsync(new SetWalletPolicyRequest { WalletId = wallet, LowPercents = new LowPercents() })).Policy.LowPercents);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_freeze_is_repeatable_and_says_why_in_the_audit_log_once()
    {
        var wallet = WalletAccounts.IdOf(await ledger.TeamWithAsync(0));
        var frozen = await FreezeAsync(wallet);
        Assert.Equal(frozen, await FreezeAsync(wallet));
        Assert.True(frozen.Policy.Frozen);

        var thawed = await ledger.Get<ChangeWalletPolicy>().UnfreezeAsync(
            new UnfreezeWalletRequest { WalletId = wallet, IdempotencyKey = Guid.CreateVersion7().ToString() }, "test", LedgerFixture.Token);

        Assert.False(thawed.Policy.Frozen);
        Assert.Equal(1, await ledger.ScalarAsync<long>(
            """SELECT count(*) FROM identity.audit_log WHERE action = 'wallet.freeze' AND subject = $1 AND after @> '{"description": "runaway \"agent\""}'""",
            wallet));
    }

    [Fact(Timeout = 300_000)]
    public async Task New_levels_announce_at_once_what_the_balance_is_below()
    {
        var team = await ledger.TeamWithAsync(100);
        await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), 60, Contracts.Events.FundingClass.External));
        var wallet = WalletAccounts.IdOf(team);

        await SetAsync(new SetWalletPolicyRequest { WalletId = wallet, LowPercents = new LowPercents { Percents = { 50, 20 } } });

        Assert.Equal(["50"], await LevelsAsync(wallet));
        await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), 30, Contracts.Events.FundingClass.External));
        Assert.Equal(["50", "20"], await LevelsAsync(wallet));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Money_of_people_is_announced_with_its_transfer()
    {
        var team = await ledger.TeamWithAsync(0);
        await ledger.CreditAsync(500);
        var transfer = await ledger.AllocateAsync(team, 300);

        Assert.Equal(
            $"allocation 300 from wal_organisation to {WalletAccounts.IdOf(team)} with 300",
            await ledger.ScalarAsync<string>(
                """
                SELECT format('%s %s from %s to %s with %s', body ->> 'kind', body ->> 'amountNanos', body #>> '{from,walletId}', body #>> '{to,walletId}',
                    body #>> '{to,availableNanos}')
                FROM outbox WHERE message_id = $1 AND message_type = 'Platform.Contracts.Events.AllocationChanged'
                """, Guid.Parse(transfer.TransferId)));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_bad_policy_has_its_reason()
    {
        var wallet = WalletAccounts.IdOf(await ledger.TeamWithAsync(0));
        Assert.Equal(Reasons.WalletNotFound, await TryAsync(new SetWalletPolicyRequest { WalletId = "wal_nobody", Observe = true }));
        Assert.Equal(Reasons.InvalidArgument, await TryAsync(new SetWalletPolicyRequest { WalletId = wallet, EmptyWaitSeconds = 61 }));
        Assert.Equal(Reasons.InvalidArgument, await TryAsync(new SetWalletPolicyRequest { WalletId = wallet, EmptyWaitSeconds = -1 }));
        Assert.Equal(Reasons.InvalidArgument, await TryAsync(new SetWalletPolicyRequest { WalletId = WalletAccounts.OrganisationId, OverflowToParent = true }));
        Assert.Equal(Reasons.InvalidArgument, await TryAsync(Levels(wallet, 0)));
        Assert.Equal(Reasons.InvalidArgument, await TryAsync(Levels(wallet, 101)));
        Assert.Equal(Reasons.InvalidArgument, await TryAsync(Levels(wallet, 20, 20)));
        Assert.Equal(Reasons.InvalidArgument, await TryAsync(Levels(wallet, 1, 2, 3, 4, 5, 6)));
        Assert.Null(await TryAsync(new SetWalletPolicyRequest { WalletId = WalletAccounts.OrganisationId, OverflowToParent = false }));
    }

    private static SetWalletPolicyRequest Levels(string wallet, params int[] percents) =>
        new() { WalletId = wallet, LowPercents = new LowPercents { Percents = { percents } } };

    private Task<string?> TryAsync(SetWalletPolicyRequest request) => HoldTests.TryAsync(() => SetAsync(request));

    private Task<WalletView> SetAsync(SetWalletPolicyRequest request)
    {
        request.IdempotencyKey = Guid.CreateVersion7().ToString();
        return ledger.Get<ChangeWalletPolicy>().SetAsync(request, "test", LedgerFixture.Token);
    }

    private Task<WalletView> FreezeAsync(string wallet) => ledger.Get<ChangeWalletPolicy>().FreezeAsync(
        new FreezeWalletRequest { WalletId = wallet, Description = "runaway \"agent\"", IdempotencyKey = Guid.CreateVersion7().ToString() }, "test",
        LedgerFixture.Token);

    private async Task<List<string>> LevelsAsync(string wallet)
    {
        await using var command = ledger.DataSource.CreateCommand(
            "SELECT body ->> 'levelPercent' FROM outbox WHERE message_type = 'Platform.Contracts.Events.WalletLow' AND body ->> 'walletId' = $1 ORDER BY outbox_id");
        command.Parameters.Add(new() { Value = wallet });
        await using var reader = await command.ExecuteReaderAsync(LedgerFixture.Token);
        var levels = new List<string>();
        while (await reader.ReadAsync(LedgerFixture.Token))
        {
            levels.Add(reader.GetString(0));
        }

        return levels;
    }
}
