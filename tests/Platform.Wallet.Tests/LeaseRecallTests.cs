using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Recalls over two replicas of the service on one database.</summary>
public sealed class LeaseRecallTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact(Timeout = 300_000)]
    public async Task A_recall_at_one_replica_reaches_the_holder_at_another_and_its_answer_wakes_who_waits()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var lease = new LeaseClient(ledger, team, "gateway-east");
        await lease.AcquireAsync(400);
        await using var watch = await Watching.StartAsync(ledger.NewReplica(TimeProvider.System), "gateway-east");
        Assert.Equal(LeaseNoticeKind.ScopesChanged, (await watch.NextAsync()).Kind);
        using var waiter = await FundsListener.StartAsync(ledger);

        Assert.Equal([WalletAccounts.IdOf(team)], await RecallAsync(team, LeaseRecall.LowBalance));

        var notice = await watch.NextAsync(LeaseNoticeKind.Recall);
        Assert.Equal((lease.Id.ToString(), LeaseRecall.LowBalance), (notice.LeaseId, notice.Reason));
        Assert.Equal(LeaseOutcome.Ended, (await lease.AcquireAsync(400, known: 400, drawn: 390)).Outcome);
        Assert.Equal(0, (await lease.ReportAsync(0, 100, 50)).TtlSeconds);
        await lease.ReportAsync(0, 100, 50, retired: true);

        Assert.Equal(WalletAccounts.IdOf(team), await waiter.NextAsync());
        Assert.Equal("850/150/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        Assert.Empty(await RecallAsync(team, LeaseRecall.LowBalance));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_that_a_wallet_could_cover_without_its_leases_waits_for_them_and_is_held()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var lease = new LeaseClient(ledger, team, "gateway-south");
        Assert.Equal(400, (await lease.AcquireAsync(400)).GrantedNanos);
        await using var watch = await Watching.StartAsync(ledger.NewReplica(TimeProvider.System), "gateway-south");

        var hold = ledger.HoldAsync(team, Guid.CreateVersion7(), 900);
        await watch.NextAsync(LeaseNoticeKind.Recall);
        Assert.False(hold.IsCompleted);
        await lease.ReportAsync(0, 100, 0, retired: true);

        Assert.Equal(HoldOutcome.Held, await hold.WaitAsync(Patience, LedgerFixture.Token));
        Assert.Equal("0/1000/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(HoldOutcome.InsufficientFunds, await ledger.HoldAsync(team, Guid.CreateVersion7(), 1));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_is_refused_once_the_last_lease_has_answered_with_too_little()
    {
        // By the database's clock a recall soon counts as unanswered: not while the first answer is on its way.
        await using var patient = await ledger.AddReplicaAsync(leases: new LeaseOptions { RecallTimeoutMs = 30_000 });
        var team = await ledger.TeamWithAsync(1_000);
        var leases = new[] { new LeaseClient(ledger, team, "gateway-1"), new LeaseClient(ledger, team, "gateway-2") };
        foreach (var lease in leases)
        {
            await lease.AcquireAsync(100);
        }

        var hold = patient.Get<CreateHold>().RunAsync(
            new CreateHoldRequest { AttemptId = Guid.CreateVersion7().ToString(), TeamId = team, BoundNanos = 900, Currency = "USD" }, "test", LedgerFixture.Token);
        await Eventually.TrueAsync(async () => await StateAsync(leases[1]) == "Recalled", Patience, "the leases to be recalled");
        await leases[0].ReportAsync(0, 60, 0, retired: true);
        Assert.False(hold.IsCompleted);
        await leases[1].CloseAsync(60);

        Assert.Equal(HoldOutcome.InsufficientFunds, (await hold.WaitAsync(Patience, LedgerFixture.Token)).Outcome);
        Assert.Equal("880/120/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_is_refused_when_the_recall_times_out()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var lease = new LeaseClient(ledger, team, "gateway-dead");
        await lease.AcquireAsync(400);

        var hold = ledger.HoldAsync(team, Guid.CreateVersion7(), 900);
        await Eventually.TrueAsync(async () => await StateAsync(lease) == "Recalled", Patience, "the lease to be recalled");
        Assert.False(hold.IsCompleted);
        await Eventually.TrueAsync(
            () =>
            {
                ledger.Time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(hold.IsCompleted);
            },
            Patience, "the refusal");

        Assert.Equal(HoldOutcome.InsufficientFunds, await hold);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_recall_stands_when_the_stream_begins_is_repeated_and_ends_with_its_answer()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var lease = new LeaseClient(ledger, team, "gateway-west");
        await lease.AcquireAsync(400);
        await RecallAsync(team, LeaseRecall.Frozen);

        await using var watch = await Watching.StartAsync(ledger.NewReplica(TimeProvider.System), "gateway-west");
        Assert.Equal(lease.Id.ToString(), (await watch.NextAsync(LeaseNoticeKind.Recall)).LeaseId);
        Assert.Equal(lease.Id.ToString(), (await watch.NextAsync(LeaseNoticeKind.Recall)).LeaseId);
        await lease.CloseAsync(0);

        // Two heartbeats in a row without a recall between them.
        await watch.NextAsync(LeaseNoticeKind.Heartbeat);
        await Eventually.TrueAsync(
            async () => (await watch.NextAsync()).Kind == LeaseNoticeKind.Heartbeat && (await watch.NextAsync()).Kind == LeaseNoticeKind.Heartbeat, Patience,
            "heartbeats without a recall");
    }

    [Fact(Timeout = 300_000)]
    public async Task A_recall_that_is_not_answered_in_time_is_waited_for_no_more()
    {
        var team = await ledger.TeamWithAsync(1_000);
        await new LeaseClient(ledger, team, "gateway-dead").AcquireAsync(400);
        Assert.Single(await RecallAsync(team, LeaseRecall.LowBalance));
        await Eventually.TrueAsync(async () => (await RecallAsync(team, LeaseRecall.LowBalance)).Count == 0, Patience, "the recall to time out");
    }

    [Fact(Timeout = 300_000)]
    public async Task A_holder_that_finds_too_little_makes_others_give_back_and_keeps_its_own()
    {
        var team = await ledger.TeamWithAsync(60);
        var (one, other) = (new LeaseClient(ledger, team, "gateway-1"), new LeaseClient(ledger, team, "gateway-2"));
        Assert.Equal(30, (await one.AcquireAsync(400)).GrantedNanos);
        Assert.Equal(20, (await other.AcquireAsync(400)).GrantedNanos);

        var answer = await other.AcquireAsync(400, known: 20, drawn: 15);

        Assert.Equal((LeaseOutcome.UseHolds, 30, 1_000), (answer.Outcome, answer.TtlSeconds, answer.RetryAfterMs));
        Assert.Equal("Recalled", await StateAsync(one));
        Assert.Equal("Open", await StateAsync(other));
    }

    [Fact(Timeout = 300_000)]
    public async Task Holders_with_a_stream_at_any_replica_share_a_wallet()
    {
        var team = await ledger.TeamWithAsync(1_000);
        await using var first = await Watching.StartAsync(ledger.NewReplica(TimeProvider.System), "gateway-a");
        await using (var second = await Watching.StartAsync(ledger.NewReplica(TimeProvider.System), "gateway-b"))
        {
            await first.NextAsync();
            await second.NextAsync();

            // Three holders: 1,000 / (2 x 3).
            Assert.Equal(166, (await new LeaseClient(ledger, team, "gateway-c").AcquireAsync(400)).GrantedNanos);
        }

        // A stream that ended counts no more: three holders still, with the one that has a lease.
        Assert.Equal(139, (await new LeaseClient(ledger, team, "gateway-d").AcquireAsync(400)).GrantedNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_change_of_who_is_charged_is_told_with_a_higher_revision()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var lease = new LeaseClient(ledger, team, "gateway-north");
        var before = await lease.AcquireAsync(400);
        await using var watch = await Watching.StartAsync(ledger.NewReplica(TimeProvider.System), "gateway-north");
        Assert.Equal(before.ScopesRevision, (await watch.NextAsync()).ScopesRevision);

        var wallets = new[] { WalletAccounts.IdOf(team) };
        await ledger.Get<LedgerDatabase>().InTransactionAsync(
            async transaction =>
            {
                await LedgerStore.LockAsync(transaction, wallets, LedgerFixture.Token);
                return (await ledger.Get<LeaseRecall>().ChangeScopesAsync(transaction, wallets, LeaseRecall.Changed, LedgerFixture.Token), true);
            },
            LedgerFixture.Token);

        Assert.True((await watch.NextAsync(LeaseNoticeKind.ScopesChanged)).ScopesRevision > before.ScopesRevision);
        Assert.Equal(lease.Id.ToString(), (await watch.NextAsync(LeaseNoticeKind.Recall)).LeaseId);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_lease_is_recalled_at_the_end_of_its_period()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(400);
        await ledger.ScalarAsync<long>(
            "WITH set AS (UPDATE lease SET ends_at = $2 WHERE lease_id = $1 RETURNING 1) SELECT count(*) FROM set", lease.Id, ledger.Time.GetUtcNow().AddSeconds(10));
        Assert.Equal(10, (await lease.ReportAsync(0, 0, 0)).TtlSeconds);

        ledger.Time.Advance(TimeSpan.FromMilliseconds(9_500));
        await ledger.Get<LeaseSweep>().RecallAtBoundariesAsync(LedgerFixture.Token);
        Assert.Equal(0, (await lease.ReportAsync(0, 0, 0)).TtlSeconds);
        Assert.Equal("Open", await StateAsync(lease));
        ledger.Time.Advance(TimeSpan.FromMilliseconds(500));

        // Another holder's, of the next period.
        var next = new LeaseClient(ledger, team, "gateway-2");
        await next.AcquireAsync(100);
        await ledger.Get<LeaseSweep>().RecallAtBoundariesAsync(LedgerFixture.Token);

        Assert.Equal(("Recalled", "Open"), (await StateAsync(lease), await StateAsync(next)));
        Assert.Equal(LeaseRecall.PeriodEnds, await ledger.ScalarAsync<string>("SELECT reason FROM lease WHERE lease_id = $1", lease.Id));
    }

    private Task<IReadOnlySet<string>> RecallAsync(string team, string reason) => ledger.Get<LedgerDatabase>().InTransactionAsync(
        async transaction =>
        {
            string[] wallets = [WalletAccounts.IdOf(team)];
            await LedgerStore.LockAsync(transaction, wallets, LedgerFixture.Token);
            return (await ledger.Get<LeaseRecall>().RequestAsync(transaction, wallets, reason, LedgerFixture.Token), true);
        },
        LedgerFixture.Token);

    private async Task<string> StateAsync(LeaseClient lease) =>
        ((LeaseState)await ledger.ScalarAsync<short>("SELECT state FROM lease WHERE lease_id = $1", lease.Id)).ToString();

    /// <summary>A holder that follows its notices at one replica.</summary>
    private sealed class Watching : IServerStreamWriter<LeaseNotice>, IAsyncDisposable
    {
        private readonly Channel<LeaseNotice> _notices = Channel.CreateUnbounded<LeaseNotice>();
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(LedgerFixture.Token);
        private LeaseFeed _feed = null!;
        private Task _running = Task.CompletedTask;

        public WriteOptions? WriteOptions { get; set; }

        public static async Task<Watching> StartAsync(IServiceProvider replica, string holder)
        {
            var watching = new Watching { _feed = replica.GetRequiredService<LeaseFeed>() };
            await watching._feed.StartAsync(LedgerFixture.Token);
            watching._running = replica.GetRequiredService<WatchLeases>().RunAsync(holder, watching, watching._stop.Token);
            return watching;
        }

        public Task WriteAsync(LeaseNotice message) => WriteAsync(message, CancellationToken.None);

        public Task WriteAsync(LeaseNotice message, CancellationToken cancellationToken) => _notices.Writer.WriteAsync(message, cancellationToken).AsTask();

        public async Task<LeaseNotice> NextAsync(LeaseNoticeKind? kind = null)
        {
            while (true)
            {
                var notice = await _notices.Reader.ReadAsync(LedgerFixture.Token).AsTask().WaitAsync(Patience, LedgerFixture.Token);
                if (kind is null || notice.Kind == kind)
                {
                    return notice;
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
            await _feed.StopAsync(CancellationToken.None);
            _stop.Dispose();
        }
    }

    /// <summary>Whoever waits for a wallet's money.</summary>
    private sealed class FundsListener(NpgsqlConnection connection) : IDisposable
    {
        private readonly Channel<string> _wallets = Channel.CreateUnbounded<string>();

        public static async Task<FundsListener> StartAsync(LedgerFixture ledger)
        {
            var connection = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
            var listener = new FundsListener(connection);
            connection.Notification += (_, notification) => listener._wallets.Writer.TryWrite(notification.Payload);
            await using var listen = new NpgsqlCommand($"LISTEN {FundsSignal.FundsChannel}", connection);
            await listen.ExecuteNonQueryAsync(LedgerFixture.Token);
            return listener;
        }

        public async Task<string> NextAsync()
        {
            while (true)
            {
                if (_wallets.Reader.TryRead(out var wallet))
                {
                    return wallet;
                }

                Assert.True(await connection.WaitAsync(Patience, LedgerFixture.Token), "Nobody told of the wallet's money.");
            }
        }

        public void Dispose() => connection.Dispose();
    }
}
