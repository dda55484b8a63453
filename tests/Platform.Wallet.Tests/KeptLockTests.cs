using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests;

/// <summary>What a lock that another transaction keeps stops, and what it does not (decision 0291).</summary>
public sealed class KeptLockTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    private static readonly TimeSpan HalfMinute = TimeSpan.FromSeconds(30);

    [Fact(Timeout = 300_000)]
    public async Task A_count_of_a_cap_that_somebody_keeps_locked_stops_the_calls_under_it_alone()
    {
        // One loop for all wallets, which does not know whose the holds are.
        await using var other = await ledger.AddReplicaAsync(options: new HoldOptions { Writers = 1 });
        var (capped, free) = (await ledger.TeamWithAsync(100), await ledger.TeamWithAsync(100));
        var cap = await CapTests.SetAsync(ledger, CapScope.Team, capped, 50);
        await other.Get<CapFeed>().RefreshAsync(LedgerFixture.Token);
        var (cappedHold, freeHold) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await ledger.HoldAsync(capped, cappedHold, 10);
        await ledger.HoldAsync(free, freeHold, 10);
        await using (await KeepAsync("SELECT FROM cap_account WHERE cap_id = $1 FOR UPDATE", cap.CapId))
        {
            for (var round = 0; round < 2; round++)
            {
                // Whatever the loop has begun with, one under the cap is beside the others of it.
                var refusedHold = HoldTests.TryAsync(() => HoldAsync(capped));
                var frees = HoldAsync(free);
                var report = LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), freeHold, new HoldInput.Report(4));
                var refusedReport = HoldTests.TryAsync(() => LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), cappedHold, new HoldInput.Report(4)));

                Assert.Equal([Reasons.DependencyUnavailable, Reasons.DependencyUnavailable], await Task.WhenAll(refusedHold, refusedReport));
                Assert.Equal(HoldOutcome.Held, await frees);
                Assert.Equal(HoldState.Reported, (await report).State);
                ledger.Time.Advance(KeptRows.Pause);
            }
        }

        Assert.Equal(HoldOutcome.Held, await HoldAsync(capped));
        await LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), cappedHold, new HoldInput.Report(4));
        Assert.Equal("91/9/0/0 over 0 of 100", (await ledger.WalletAsync(capped)).Line());
        Assert.Equal("86/14/0/0 over 0 of 100", (await ledger.WalletAsync(free)).Line());
        Assert.Equal(9, await ledger.ScalarAsync<long>("SELECT used FROM cap_account WHERE cap_id = $1", cap.CapId));
        await ledger.VerifyAsync();

        async Task<HoldOutcome> HoldAsync(string team) => (await other.Get<CreateHold>().RunAsync(
            new CreateHoldRequest { AttemptId = Guid.CreateVersion7().ToString(), TeamId = team, BoundNanos = 5, Currency = "USD" }, "test", LedgerFixture.Token)).Outcome;
    }

    [Fact(Timeout = 300_000)]
    public async Task A_hold_that_somebody_keeps_locked_stops_its_own_steps_alone()
    {
        await using var other = await ledger.AddReplicaAsync(options: new HoldOptions { Writers = 1 });
        var (team, free) = (await ledger.TeamWithAsync(100), await ledger.TeamWithAsync(100));
        var (kept, beside, freeHold) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await ledger.HoldAsync(team, kept, 10);
        await ledger.HoldAsync(team, beside, 10);
        await ledger.HoldAsync(free, freeHold, 10);
        await using (await KeepAsync("SELECT FROM hold WHERE attempt_id = $1 FOR UPDATE", kept))
        {
            for (var round = 0; round < 2; round++)
            {
                // Whatever the loop has begun with, one of the kept hold is beside the others of it, which are of its wallet too.
                var refused = HoldTests.TryAsync(() => LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), kept, new HoldInput.Report(4)));
                var reports = Task.WhenAll(
                    LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), beside, new HoldInput.Report(4)),
                    LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), freeHold, new HoldInput.Report(4)));
                var refusedToo = HoldTests.TryAsync(() => LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), kept, new HoldInput.Report(4)));

                Assert.Equal([Reasons.DependencyUnavailable, Reasons.DependencyUnavailable], await Task.WhenAll(refused, refusedToo));
                Assert.Equal([HoldState.Reported, HoldState.Reported], (await reports).Select(hold => hold.State));
                ledger.Time.Advance(KeptRows.Pause);
            }
        }

        await LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), kept, new HoldInput.Report(4));
        Assert.Equal("92/8/0/0 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        Assert.Equal("96/4/0/0 over 0 of 100", (await ledger.WalletAsync(free)).Line());
        await ledger.VerifyAsync();
    }

    [Theory(Timeout = 300_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Usage_of_a_hold_or_a_lease_that_somebody_keeps_locked_waits_and_all_else_of_its_message_is_posted(bool ofLease)
    {
        var (kept, free) = (await ledger.TeamWithAsync(1_000), await ledger.TeamWithAsync(1_000));
        var lease = new LeaseClient(ledger, kept);
        var (keptAttempt, freeHold) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        if (ofLease)
        {
            await lease.AcquireAsync(400);
            await lease.ReportAsync(returned: 0, drawn: 10, open: 0);
        }
        else
        {
            await ledger.HoldAsync(kept, keptAttempt, 10, sent: true);
        }

        await ledger.HoldAsync(free, freeHold, 10, sent: true);
        var item = ofLease ? lease.Item(4, 10, keptAttempt) : ledger.Item(kept, keptAttempt, 4);
        var batch = new UsageMetered(Guid.CreateVersion7(), [item, ledger.Item(free, freeHold, 4)]);
        await using (await (ofLease
            ? KeepAsync("SELECT FROM lease WHERE lease_id = $1 FOR UPDATE", lease.Id)
            : KeepAsync("SELECT FROM hold WHERE attempt_id = $1 FOR UPDATE", keptAttempt)))
        {
            Assert.True(await ledger.Get<PostUsage>().RunAsync(batch, LedgerFixture.Token));
            Assert.Equal("996/0/0/4 over 0 of 1000", (await ledger.WalletAsync(free)).Line());
            Assert.Equal(KeptUsage.Why, await ledger.ScalarAsync<string>("SELECT why FROM awaiting_usage WHERE record_id = $1", item.RecordId));
        }

        ledger.Time.Advance(KeptRows.Pause);
        await ActivatorUtilities.CreateInstance<PostAwaiting>(ledger.Get<IServiceProvider>(), new FakeTimeProvider(ledger.Time.GetUtcNow())).LookAsync(LedgerFixture.Token);
        Assert.EndsWith("/0/4 over 0 of 1000", (await ledger.WalletAsync(kept)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_wallet_that_somebody_keeps_locked_keeps_no_lease_of_another_from_being_swept()
    {
        // Nothing that another test left is due beside them.
        var sweep = ledger.Get<LeaseSweep>();
        ledger.Time.Advance(TimeSpan.FromMinutes(30));
        await sweep.SweepAsync(LedgerFixture.Token);
        var (kept, free) = (await ledger.TeamWithAsync(1_000), await ledger.TeamWithAsync(1_000));
        await new LeaseClient(ledger, kept).AcquireAsync(400);
        await new LeaseClient(ledger, free).AcquireAsync(400);
        ledger.Time.Advance(TimeSpan.FromMinutes(5));
        await using (await KeepAsync("SELECT FROM wallet WHERE wallet_id = $1 FOR UPDATE", WalletAccounts.IdOf(kept)))
        {
            Assert.Equal(1, await sweep.SweepAsync(LedgerFixture.Token));
            Assert.Equal("600/400/0/0 over 0 of 1000", (await ledger.WalletAsync(kept)).Line());
            Assert.Equal("600/0/400/0 over 0 of 1000", (await ledger.WalletAsync(free)).Line());
        }

        ledger.Time.Advance(KeptRows.Pause);
        Assert.Equal(1, await sweep.SweepAsync(LedgerFixture.Token));
        Assert.Equal("600/0/400/0 over 0 of 1000", (await ledger.WalletAsync(kept)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 600_000)]
    public async Task More_due_holds_than_a_round_takes_of_a_wallet_that_somebody_keeps_locked_keep_no_later_one_of_another_from_ending()
    {
        const int More = 201;

        // Nothing that another test left is due beside them.
        var sweep = ledger.Get<ExpirySweep>();
        ledger.Time.Advance(TimeSpan.FromMinutes(30));
        await sweep.SweepAsync(LedgerFixture.Token);
        var (kept, free) = (await ledger.TeamWithAsync(1_000), await ledger.TeamWithAsync(1_000));
        await Task.WhenAll(Enumerable.Range(0, More).Select(_ => ledger.HoldAsync(kept, Guid.CreateVersion7(), 1)));
        ledger.Time.Advance(TimeSpan.FromSeconds(1));
        await ledger.HoldAsync(free, Guid.CreateVersion7(), 10);
        ledger.Time.Advance(TimeSpan.FromMinutes(10));
        await using (await KeepAsync("SELECT FROM wallet WHERE wallet_id = $1 FOR UPDATE", WalletAccounts.IdOf(kept)))
        {
            Assert.Equal(1, await sweep.SweepAsync(LedgerFixture.Token));
            Assert.Equal("1000/0/0/0 over 0 of 1000", (await ledger.WalletAsync(free)).Line());

            // A round later than the overlap of rounds still knows them.
            ledger.Time.Advance(TimeSpan.FromSeconds(20));
            Assert.Equal(0, await sweep.SweepAsync(LedgerFixture.Token));
            Assert.Equal("799/201/0/0 over 0 of 1000", (await ledger.WalletAsync(kept)).Line());
        }

        ledger.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(More, await sweep.SweepAsync(LedgerFixture.Token));
        Assert.Equal("1000/0/0/0 over 0 of 1000", (await ledger.WalletAsync(kept)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_wallet_that_somebody_keeps_locked_keeps_no_lease_of_another_from_being_asked_back_under_their_cap()
    {
        var (kept, free) = (await ledger.TeamWithAsync(1_000), await ledger.TeamWithAsync(1_000));
        var key = await CapTests.KeyAsync(ledger, kept);
        var cap = await CapTests.SetAsync(ledger, CapScope.Key, key, 10_000);
        await ledger.Get<CapFeed>().RefreshAsync(LedgerFixture.Token);
        var (keptLease, freeLease) = (new LeaseClient(ledger, kept), new LeaseClient(ledger, free));
        await keptLease.AcquireAsync(400, key: key);
        await freeLease.AcquireAsync(400, key: key);
        long[] accounts = [await ledger.ScalarAsync<long>("SELECT account_id FROM cap_account WHERE cap_id = $1", cap.CapId)];
        var recall = ledger.Get<CapRecall>();
        await using (await KeepAsync("SELECT FROM wallet WHERE wallet_id = $1 FOR UPDATE", WalletAccounts.IdOf(kept)))
        {
            Assert.False(await recall.RecallAsync(accounts, LedgerFixture.Token));
            Assert.Equal((LeaseState.Open, LeaseState.Recalled), (await StateAsync(keptLease), await StateAsync(freeLease)));
        }

        ledger.Time.Advance(KeptRows.Pause);
        Assert.True(await recall.RecallAsync(accounts, LedgerFixture.Token));
        Assert.Equal(LeaseState.Recalled, await StateAsync(keptLease));

        async Task<LeaseState> StateAsync(LeaseClient lease) => (await ledger.Get<LeaseStore>().FindAsync(lease.Id, LedgerFixture.Token))!.State;
    }

    [Theory(Timeout = 300_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Usage_of_what_somebody_keeps_locked_waits_until_it_goes_and_all_else_of_its_message_is_posted(bool ofCap)
    {
        var (kept, free) = (await ledger.TeamWithAsync(100), await ledger.TeamWithAsync(100));
        var cap = await CapTests.SetAsync(ledger, CapScope.Team, kept, 50);
        var (keptHold, freeHold) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await ledger.HoldAsync(kept, keptHold, 10, sent: true);
        await ledger.HoldAsync(free, freeHold, 10, sent: true);
        var batch = new UsageMetered(Guid.CreateVersion7(), [ledger.Item(kept, keptHold, 4), ledger.Item(free, freeHold, 4)]);
        var clock = new FakeTimeProvider(ledger.Time.GetUtcNow());
        var awaiting = ActivatorUtilities.CreateInstance<PostAwaiting>(ledger.Get<IServiceProvider>(), clock);
        var health = new PostingHealth(ledger.Get<WalletMetrics>());
        await using (await (ofCap
            ? KeepAsync("SELECT FROM cap_account WHERE cap_id = $1 FOR UPDATE", cap.CapId)
            : KeepAsync("SELECT FROM wallet WHERE wallet_id = $1 FOR UPDATE", WalletAccounts.IdOf(kept))))
        {
            Assert.True(await ledger.Get<PostUsage>().RunAsync(batch, LedgerFixture.Token));
            Assert.Equal("96/0/0/4 over 0 of 100", (await ledger.WalletAsync(free)).Line());
            Assert.Equal("90/10/0/0 over 0 of 100", (await ledger.WalletAsync(kept)).Line());

            // An hour is no reason to give it up: nothing is wrong with it. The clock of the ledger stands still, so nobody asks for the lock meanwhile.
            for (var look = 0; look <= PostAwaiting.Longest / HalfMinute; look++)
            {
                await awaiting.LookAsync(LedgerFixture.Token);
                clock.Advance(HalfMinute);
            }

            Assert.Equal(KeptUsage.Why, await ledger.ScalarAsync<string>("SELECT why FROM awaiting_usage WHERE record_id = $1", batch.Items[0].RecordId));
            Assert.Equal((1, 1), (ledger.Get<WalletMetrics>().AwaitingUsage, ledger.Get<WalletMetrics>().KeptUsage));
            Assert.Equal(HealthStatus.Degraded, (await health.CheckHealthAsync(new HealthCheckContext(), LedgerFixture.Token)).Status);
        }

        ledger.Time.Advance(KeptRows.Pause);
        await awaiting.LookAsync(LedgerFixture.Token);
        Assert.Equal("96/0/0/4 over 0 of 100", (await ledger.WalletAsync(kept)).Line());
        Assert.Equal(0, ledger.Get<WalletMetrics>().AwaitingUsage);
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(new HealthCheckContext(), LedgerFixture.Token)).Status);
        Assert.False(await ledger.Get<PostUsage>().RunAsync(batch, LedgerFixture.Token));
        Assert.Equal(4, await ledger.ScalarAsync<long>("SELECT used FROM cap_account WHERE cap_id = $1", cap.CapId));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_row_that_was_kept_is_forgotten_once_nothing_has_needed_it_for_long()
    {
        var row = LedgerRow.Wallet(WalletAccounts.IdOf(await ledger.TeamWithAsync(100)));
        var rows = new KeptRows(ledger.Time);
        await using var connection = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        await using (await KeepAsync("SELECT FROM wallet WHERE wallet_id = $1 FOR UPDATE", row.WalletId!))
        {
            await rows.LookAsync(connection, [row], LedgerFixture.Token);
            Assert.True(rows.Contains(row));

            // It is needed, and kept still.
            ledger.Time.Advance(KeptRows.Unneeded);
            await rows.AskAgainAsync(connection, [row], LedgerFixture.Token);
            Assert.True(rows.Contains(row));
        }

        ledger.Time.Advance(KeptRows.Unneeded - KeptRows.Pause);
        await rows.AskAgainAsync(connection, [], LedgerFixture.Token);
        Assert.False(rows.IsEmpty);
        ledger.Time.Advance(KeptRows.Pause);
        await rows.AskAgainAsync(connection, [], LedgerFixture.Token);
        Assert.True(rows.IsEmpty);
    }

    /// <summary>Another transaction, as an operator's that is left open, until it is disposed of.</summary>
    private async Task<KeptLock> KeepAsync(string sql, object id)
    {
        var connection = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        var transaction = await connection.BeginTransactionAsync(LedgerFixture.Token);
        await using var command = new NpgsqlCommand(sql, connection, transaction) { Parameters = { new() { Value = id } } };
        await command.ExecuteNonQueryAsync(LedgerFixture.Token);
        return new KeptLock(connection, transaction);
    }

    private sealed class KeptLock(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
