using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Controls;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Caps, policies and low balances where the money is in leases.</summary>
public sealed class CapLeaseTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact(Timeout = 300_000)]
    public async Task A_lease_is_debited_from_its_caps_and_gives_back_what_was_not_drawn()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var cap = await SetAsync(CapScope.Team, team, 5_000);
        var lease = new LeaseClient(ledger, team);
        var unknown = Guid.CreateVersion7();

        Assert.Equal(400, (await lease.AcquireAsync(400)).GrantedNanos);
        Assert.Equal(400, await UsedAsync(cap));
        Assert.Equal(700, (await lease.AcquireAsync(400, known: 400, drawn: 250, open: 50)).GrantedNanos);
        Assert.Equal(700, await UsedAsync(cap));
        await lease.SuspendAsync(unknown, 50);
        await ledger.PostAsync(lease.Item(100, bound: 100));
        await lease.CloseAsync(300);

        Assert.Equal(300, await UsedAsync(cap));
        await ledger.PostAsync(ledger.Item(team, unknown, 20));
        Assert.Equal(270, await UsedAsync(cap));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_says_what_of_its_used_leases_hold_ahead_of_calls()
    {
        var team = await ledger.TeamWithAsync(10_000);
        Assert.False((await SetAsync(CapScope.Team, team, 5_000)).HasUndrawnNanos);
        Assert.Equal((0, 0), await CountAsync());
        var (lease, silent) = (new LeaseClient(ledger, team), new LeaseClient(ledger, team, "gateway-silent"));

        await lease.AcquireAsync(400);
        Assert.Equal((400, 400), await CountAsync());
        Assert.Equal(700, (await lease.AcquireAsync(400, known: 400, drawn: 250, open: 50)).GrantedNanos);
        await silent.AcquireAsync(200);
        Assert.Equal((900, 600), await CountAsync());

        // A posting may come before its holder's word: what is spent is drawn.
        await ledger.PostAsync(lease.Item(350, bound: 350));
        Assert.Equal((900, 550), await CountAsync());
        await lease.CloseAsync(360);
        Assert.Equal((560, 200), await CountAsync());
        ledger.Time.Advance(TimeSpan.FromHours(1));
        await ledger.Get<LeaseSweep>().SweepAsync(LedgerFixture.Token);
        Assert.Equal((560, 0), await CountAsync());

        async Task<(long, long)> CountAsync()
        {
            var request = new ListCapsRequest { Scope = CapScope.Team, ScopeId = team };
            Assert.False(Assert.Single((await ledger.Get<ListCaps>().RunAsync(request, LedgerFixture.Token)).Caps).HasUndrawnNanos);
            request.Undrawn = true;
            var listed = Assert.Single((await ledger.Get<ListCaps>().RunAsync(request, LedgerFixture.Token)).Caps);
            Assert.True(listed.HasUndrawnNanos);
            return (listed.UsedNanos, listed.UndrawnNanos);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Leases_of_several_wallets_never_pass_a_cap_and_its_end_is_spent_by_holds()
    {
        var teams = new[] { await ledger.TeamWithAsync(100_000), await ledger.TeamWithAsync(100_000) };
        var key = await KeyAsync(teams[0]);
        var cap = await SetAsync(CapScope.Key, key, 1_000);

        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 6).Select(i => new LeaseClient(ledger, teams[i % 2], $"gateway-{i}-{round}").AcquireAsync(400, bound: 1, key: key)));
        }

        Assert.InRange(await UsedAsync(cap), 500, 1_000);
        Assert.Equal(LeaseOutcome.UseHolds, (await new LeaseClient(ledger, teams[0], "gateway-last").AcquireAsync(400, key: key)).Outcome);
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_refusal_by_a_cap_waits_until_leases_under_it_in_other_wallets_have_given_back()
    {
        var teams = new[] { await ledger.TeamWithAsync(10_000), await ledger.TeamWithAsync(10_000) };
        var key = await KeyAsync(teams[0]);
        await SetAsync(CapScope.Key, key, 450);
        var lease = new LeaseClient(ledger, teams[1]);
        await lease.AcquireAsync(400, key: key);
        await ledger.Get<CapRecall>().StartAsync(LedgerFixture.Token);

        var granted = HoldAsync(teams[0], 300, key);
        await Eventually.TrueAsync(async () => await StateAsync(lease) == LeaseState.Recalled, Patience, "the recall of the other wallet's lease");
        Assert.False(granted.IsCompleted);
        await lease.ReportAsync(0, 0, 0, retired: true);
        await PassAsync(granted);

        Assert.Equal(HoldOutcome.Held, (await granted).Outcome);
        Assert.Equal(HoldOutcome.CapReached, (await HoldAsync(teams[0], 300, key)).Outcome);
        await ledger.Get<CapRecall>().StopAsync(LedgerFixture.Token);
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_refusal_by_a_cap_does_not_wait_longer_than_a_recall_may_take()
    {
        var teams = new[] { await ledger.TeamWithAsync(10_000), await ledger.TeamWithAsync(10_000) };
        var key = await KeyAsync(teams[0]);
        await SetAsync(CapScope.Key, key, 450);
        await new LeaseClient(ledger, teams[1]).AcquireAsync(400, key: key);

        var refused = HoldAsync(teams[0], 300, key);
        await PassAsync(refused);

        Assert.Equal(HoldOutcome.CapReached, (await refused).Outcome);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_lease_that_waited_for_its_wallet_while_a_cap_was_set_is_under_the_cap()
    {
        var team = await ledger.TeamWithAsync(10_000);
        await using var held = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        await using var holding = await held.BeginTransactionAsync(LedgerFixture.Token);
        await using (var take = new NpgsqlCommand("SELECT FROM wallet WHERE team_id = $1 FOR UPDATE", held, holding) { Parameters = { new() { Value = team } } })
        {
            await take.ExecuteNonQueryAsync(LedgerFixture.Token);
        }

        var lease = new LeaseClient(ledger, team);
        var asked = lease.AcquireAsync(400);
        await using var waiting = ledger.DataSource.CreateCommand(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM wallet%')");
        await Eventually.TrueAsync(async () => (bool)(await waiting.ExecuteScalarAsync(LedgerFixture.Token))!, Patience, "the lease to wait for its wallet");
        var cap = await SetAsync(CapScope.Team, team, 5_000);
        await holding.RollbackAsync(LedgerFixture.Token);

        Assert.Equal(400, (await asked).GrantedNanos);
        Assert.Equal(400, await UsedAsync(cap));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_change_of_a_cap_asks_back_the_leases_that_it_concerns_and_tells_every_holder()
    {
        var (team, other) = (await ledger.TeamWithAsync(10_000), await ledger.TeamWithAsync(10_000));
        var (concerned, apart) = (new LeaseClient(ledger, team), new LeaseClient(ledger, other));
        var before = (await concerned.AcquireAsync(400)).ScopesRevision;
        await apart.AcquireAsync(400);

        var cap = await SetAsync(CapScope.Team, team, 5_000);

        Assert.Equal((LeaseState.Recalled, LeaseState.Open), (await StateAsync(concerned), await StateAsync(apart)));
        await concerned.CloseAsync(0);
        var capped = new LeaseClient(ledger, team);
        var answer = await capped.AcquireAsync(400);
        Assert.True(answer.ScopesRevision > before);
        Assert.Equal(400, await UsedAsync(cap));
        await ledger.Get<RemoveCap>().RunAsync(
            new RemoveCapRequest { CapId = cap.CapId, IdempotencyKey = Guid.CreateVersion7().ToString() }, "test", LedgerFixture.Token);
        Assert.Equal(LeaseState.Recalled, await StateAsync(capped));
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_called_before_a_cap_counts_and_becomes_known_later_is_taken_off_its_limit_though_a_lease_has_taken_more_than_is_left()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var early = new LeaseClient(ledger, team, "gateway-early");
        await early.AcquireAsync(300);
        var until = new DateTimeOffset(ledger.Time.GetUtcNow().Year, ledger.Time.GetUtcNow().Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1).ToTimestampUtc();
        var request = new SetCapRequest
        {
            Scope = CapScope.Team, ScopeId = team, Period = CapPeriod.Month, AmountNanos = 1_000, Currency = "USD", Source = "budget late", SpentNanos = 500, SpentUntil = until,
            IdempotencyKey = Guid.CreateVersion7().ToString(),
        };
        await ledger.Get<SetCap>().RunAsync(request, "test", LedgerFixture.Token);
        await ledger.Get<CapFeed>().RefreshAsync(LedgerFixture.Token);
        var lease = new LeaseClient(ledger, team, "gateway-late");
        await lease.AcquireAsync(450, bound: 1);
        await ledger.PostAsync(lease.Item(100, bound: 100));
        await ledger.PostAsync(early.Item(300, bound: 300));

        var listed = Assert.Single((await ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { Scope = CapScope.Team, ScopeId = team }, LedgerFixture.Token)).Caps);
        Assert.Equal((500, 100), (listed.UncountedNanos, listed.SettledNanos));
        Assert.Equal(250, listed.UsedNanos);
        Assert.Equal(LeaseState.Open, await StateAsync(lease));

        // 500 + the 300 of before + the 100 that it counts.
        (request.SpentNanos, request.SettledNanos, request.IdempotencyKey) = (900, listed.SettledNanos, Guid.CreateVersion7().ToString());
        var corrected = await ledger.Get<SetCap>().RunAsync(request, "metering", LedgerFixture.Token);

        Assert.Equal((800, 0), (corrected.UncountedNanos, corrected.LeftNanos));
        Assert.Equal(LeaseState.Recalled, await StateAsync(lease));
        await lease.CloseAsync(100);
        Assert.Equal(HoldOutcome.CapReached, (await HoldAsync(team, 101, "")).Outcome);
        Assert.Equal(HoldOutcome.Held, (await HoldAsync(team, 100, "")).Outcome);
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_lease_is_not_made_without_a_cap_that_its_replica_has_not_heard_of()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var deaf = ledger.NewReplica();
        var cap = await SetAsync(CapScope.Team, team, 5_000);
        Assert.Empty(deaf.GetRequiredService<CapDirectory>().For(new CapSubject(team, "", "")));

        await new LeaseClient(ledger, team, replica: deaf).AcquireAsync(400);

        Assert.Equal(400, await UsedAsync(cap));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_lease_ends_with_its_caps_period_and_the_next_one_is_the_next_periods()
    {
        var own = new LedgerFixture();
        await own.InitializeAsync();
        await using var _ = own;
        var team = await own.TeamWithAsync(10_000);
        await CapTests.SetAsync(own, CapScope.Team, team, 1_000, CapPeriod.Day);
        var first = new LeaseClient(own, team);
        await first.AcquireAsync(400);
        var midnight = new DateTimeOffset(2026, 6, 2, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(midnight, (await own.Get<LeaseStore>().FindAsync(first.Id, LedgerFixture.Token))!.EndsAt);

        own.Time.SetUtcNow(midnight);
        Assert.Equal(LeaseOutcome.Ended, (await first.AcquireAsync(400, known: 400, drawn: 390)).Outcome);
        var second = new LeaseClient(own, team);
        Assert.Equal(LeaseOutcome.Granted, (await second.AcquireAsync(400)).Outcome);
        await first.CloseAsync(100);

        var used = await own.ScalarAsync<long[]>("SELECT array_agg(used ORDER BY period_from) FROM cap_account");
        Assert.Equal([100, 400], used);
        await own.VerifyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wallet_that_is_frozen_or_observes_asks_its_leases_back(bool frozen)
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(400);
        var (wallet, key) = (WalletAccounts.IdOf(team), Guid.CreateVersion7().ToString());
        await (frozen
            ? ledger.Get<ChangeWalletPolicy>().FreezeAsync(new FreezeWalletRequest { WalletId = wallet, IdempotencyKey = key }, "test", LedgerFixture.Token)
            : ledger.Get<ChangeWalletPolicy>().SetAsync(
                new SetWalletPolicyRequest { WalletId = wallet, Observe = true, IdempotencyKey = key }, "test", LedgerFixture.Token));

        Assert.Equal(LeaseState.Recalled, await StateAsync(lease));
        Assert.Equal(
            frozen ? LeaseOutcome.Frozen : LeaseOutcome.UseHolds, (await new LeaseClient(ledger, team, "gateway-2").AcquireAsync(400)).Outcome);
        if (frozen)
        {
            Assert.Equal(HoldOutcome.Frozen, (await HoldAsync(team, 1, "")).Outcome);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task What_a_lease_has_not_drawn_is_not_low_and_what_it_draws_is()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(1_000, bound: 10);
        await lease.AcquireAsync(1_000, known: 500, bound: 10);
        var wallet = await ledger.WalletAsync(team);
        Assert.Equal(1_000, wallet.AvailableNanos + wallet.LeasedUndrawnNanos);
        Assert.Equal(WalletStatus.Healthy, wallet.Status);
        var granted = wallet.LeasedUndrawnNanos;

        await lease.ReportAsync(0, drawn: granted - 10, open: 10);

        Assert.Equal(WalletStatus.Healthy, (await ledger.WalletAsync(team)).Status);
        Assert.Equal(0, await LowAsync(team));
        await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), wallet.AvailableNanos - 180, Contracts.Events.FundingClass.External));

        // 180 are available and 10 are open: what was drawn for calls that have ended never returns, though it is not posted yet.
        Assert.Equal((WalletStatus.Low, 1), ((await ledger.WalletAsync(team)).Status, await LowAsync(team)));
        await ledger.VerifyAsync();
    }

    private Task<long> LowAsync(string team) => ledger.ScalarAsync<long>(
        "SELECT count(*) FROM outbox WHERE message_type LIKE '%WalletLow' AND body ->> 'walletId' = $1", WalletAccounts.IdOf(team));

    private Task<CreateHoldResponse> HoldAsync(string team, long bound, string key) => ledger.Get<CreateHold>().RunAsync(
        new CreateHoldRequest
        {
            AttemptId = Guid.CreateVersion7().ToString(), TeamId = team, BoundNanos = bound, Currency = "USD", Sent = true,
            Context = new AttemptContext { KeyId = key },
        },
        "test", LedgerFixture.Token);

    /// <summary>Lets the ledger's time pass until a call that waits is answered: the limit of its wait is by that clock.</summary>
    private Task PassAsync(Task call) => Eventually.TrueAsync(
        () =>
        {
            ledger.Time.Advance(TimeSpan.FromMilliseconds(200));
            return Task.FromResult(call.IsCompleted);
        },
        Patience, "the answer");

    private async Task<LeaseState> StateAsync(LeaseClient lease) => (await ledger.Get<LeaseStore>().FindAsync(lease.Id, LedgerFixture.Token))!.State;

    private Task<Cap> SetAsync(CapScope scope, string id, long amount) => CapTests.SetAsync(ledger, scope, id, amount);

    private Task<long> UsedAsync(Cap cap) => ledger.ScalarAsync<long>("SELECT sum(used)::bigint FROM cap_account WHERE cap_id = $1", cap.CapId);

    private Task<string> KeyAsync(string team) => CapTests.KeyAsync(ledger, team);
}
