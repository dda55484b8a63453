using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.Routing.Leases;
using Platform.Routing.Shipping;
using Platform.Testing;

namespace Platform.Routing.Tests.Leases;

/// <summary>The pool under a clock that the test turns. Every call's bound is 100 nanos.</summary>
public sealed class LeasePoolTests : IAsyncDisposable
{
    private const long Bound = 100;
    private static readonly LeaseSubject Support = new("team_support", "", "", "key_1", "USD");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly string _root = Directory.CreateTempSubdirectory("kt-leases-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly ServiceProvider _metering = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Lifetime _lifetime = new();
    private ReplicaDirectory? _replica;
    private AttemptJournal? _journal;
    private LeasePool? _pool;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_call_asks_and_the_next_ones_draw_in_memory()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        var first = await DrawAsync(pool);
        for (var i = 0; i < 200; i++)
        {
            Assert.Same(first, await DrawAsync(pool));
        }

        Assert.Equal(["Acquire"], wallet.Calls);
        Assert.Equal(40_000, wallet.Lease(first!.Id).Granted);
    }

    [Fact]
    public async Task How_the_wallet_stands_is_what_the_last_answer_said()
    {
        var wallet = new ContractWallet(1_000_000) { Status = WalletStatus.Low };
        var pool = await StartAsync(wallet);
        Assert.Equal(WalletStanding.Unknown, pool.StandingOf(Support));
        await DrawAsync(pool);
        Assert.Equal(new WalletStanding(WalletStatus.Low, 1_000_000), pool.StandingOf(Support));
        wallet.Status = WalletStatus.Healthy;
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(500));
                return Task.FromResult(pool.StandingOf(Support) == new WalletStanding(WalletStatus.Healthy, wallet.Available));
            },
            Limit, "a report's answer");
    }

    [Theory]
    [InlineData(50, 100, 300_000)]
    [InlineData(50, 20, 300_000)]
    [InlineData(400, 100, 300_000)]
    [InlineData(1000, 7, 10_000_000)]
    public async Task Steady_load_needs_less_than_one_operation_in_200_calls_while_the_balance_is_above_1000_bounds(
        int callsPerSecond, long cost, long funds)
    {
        var wallet = new ContractWallet(funds);
        var pool = await StartAsync(wallet);
        var (calls, spent) = (0, 0L);
        while (funds - spent > 1_000 * Bound && calls < 60_000)
        {
            var lease = await DrawAsync(pool);
            Assert.NotNull(lease);
            _time.Advance(TimeSpan.FromSeconds(1.0 / callsPerSecond));
            lease.GiveBack(Bound, cost);
            calls++;
            spent += cost;
        }

        Assert.True(wallet.Calls.Count * 200 < calls, $"{wallet.Calls.Count} operations for {calls} calls: {string.Join(' ', wallet.Calls)}");
    }

    [Fact]
    public async Task Near_the_end_calls_take_holds_and_ask_again_only_after_the_time_that_wallet_names()
    {
        var wallet = new ContractWallet(25 * Bound);
        var pool = await StartAsync(wallet);
        for (var i = 0; i < 20; i++)
        {
            Assert.NotNull(await DrawAsync(pool));
        }

        Assert.Null(await DrawAsync(pool));
        var asked = wallet.Calls.Count;
        Assert.Null(await DrawAsync(pool));
        Assert.Equal(asked, wallet.Calls.Count);

        _time.Advance(TimeSpan.FromMilliseconds(1001));
        Assert.Null(await DrawAsync(pool));
        Assert.True(wallet.Calls.Count > asked);
        Assert.Equal(5 * Bound, wallet.Available);
    }

    [Fact]
    public async Task Recalled_lease_is_drawn_from_no_more_and_all_of_it_goes_back_as_it_comes_free()
    {
        var wallet = new ContractWallet(100_000);
        var pool = await StartAsync(wallet);
        var lease = await DrawAsync(pool);
        Assert.Same(lease, await DrawAsync(pool));

        wallet.IsFrozen = true;
        Assert.True(pool.Recall(lease!.Id));
        await UntilAsync(() => wallet.Available == 100_000 - (2 * Bound), "all but what is in flight to be returned");
        Assert.Null(await DrawAsync(pool));
        Assert.False(lease.TryDraw(1));

        lease.GiveBack(Bound, 30);
        await UntilAsync(() => wallet.Available == 100_000 - Bound - 30, "the first call's rest to be returned");
        Assert.False(wallet.Lease(lease.Id).Closed);
        lease.GiveBack(Bound, Bound);
        await UntilAsync(() => wallet.Lease(lease.Id).Closed, "the lease to be closed");
        Assert.Equal(100_000 - 30 - Bound, wallet.Available);
    }

    [Fact]
    public async Task Recall_of_a_lease_of_another_process_is_not_the_pools() => Assert.False((await StartAsync(new ContractWallet(1))).Recall(Guid.CreateVersion7()));

    [Fact]
    public async Task Lease_is_drawn_from_until_its_deadline_while_wallet_is_away_and_again_after_it_came_back()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        var lease = await DrawAsync(pool);
        wallet.IsDown = true;
        for (var second = 0; second < ContractWallet.TimeToLiveSeconds; second++)
        {
            Assert.Same(lease, await DrawAsync(pool));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null(await DrawAsync(pool));
        wallet.IsDown = false;
        await UntilAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(500));
                return await DrawAsync(pool) is not null;
            },
            "the lease to be drawn from again");
    }

    [Fact]
    public async Task Deadline_counts_from_before_the_request_however_late_the_answer()
    {
        var answered = new TaskCompletionSource();
        var wallet = new ContractWallet(1_000_000) { Until = answered.Task };
        var pool = await StartAsync(wallet, options => options.WaitMs = 60_000);
        var drawing = DrawAsync(pool).AsTask();
        _time.Advance(TimeSpan.FromSeconds(29));
        wallet.IsDown = true;
        answered.SetResult();
        var lease = await drawing.WaitAsync(Limit, Cancel);
        Assert.True(lease!.TryDraw(Bound));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(lease.TryDraw(Bound));
    }

    [Fact]
    public async Task Call_waits_for_the_answer_under_way_and_no_longer_than_its_limit()
    {
        var answered = new TaskCompletionSource();
        var wallet = new ContractWallet(1_000_000) { Until = answered.Task };
        var pool = await StartAsync(wallet);
        var drawing = Enumerable.Range(0, 10).Select(_ => DrawAsync(pool).AsTask()).ToList();
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.All(drawing, task => Assert.False(task.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.All(await Task.WhenAll(drawing).WaitAsync(Limit, Cancel), Assert.Null);
        Assert.Equal(["Acquire"], wallet.Calls);

        drawing = [.. Enumerable.Range(0, 10).Select(_ => DrawAsync(pool).AsTask())];
        answered.SetResult();
        Assert.All(await Task.WhenAll(drawing).WaitAsync(Limit, Cancel), Assert.NotNull);
    }

    [Fact]
    public async Task Lost_answer_grants_nothing_twice()
    {
        var wallet = new ContractWallet(1_000_000) { LosesAnswers = true };
        var pool = await StartAsync(wallet);
        Assert.Null(await DrawAsync(pool));
        wallet.LosesAnswers = false;
        _time.Advance(TimeSpan.FromMilliseconds(200));
        var lease = await DrawAsync(pool);
        Assert.Equal(1_000_000 - 40_000, wallet.Available);
        Assert.Equal(40_000, lease!.Totals.GrantedNanos);
    }

    [Fact]
    public async Task Idle_lease_is_given_back()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        var lease = await DrawAsync(pool);
        lease!.GiveBack(Bound, 40);
        for (var second = 0; second <= 30; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await UntilAsync(() => wallet.Lease(lease.Id).Closed, "the idle lease to be closed");
        Assert.Equal(1_000_000 - 40, wallet.Available);
        Assert.NotNull(await DrawAsync(pool));
    }

    [Fact]
    public async Task Falling_demand_returns_what_is_not_needed()
    {
        var wallet = new ContractWallet(100_000_000);
        var pool = await StartAsync(wallet);
        HeldLease? lease = null;
        for (var call = 0; call < 20_000; call++)
        {
            lease = await DrawAsync(pool);
            lease!.GiveBack(Bound, Bound);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var peak = lease!.Totals.UndrawnNanos;
        for (var second = 0; second < 90; second++)
        {
            (await DrawAsync(pool))!.GiveBack(Bound, Bound);
            for (var tick = 0; tick < 2; tick++)
            {
                _time.Advance(TimeSpan.FromMilliseconds(500));
                await Task.Yield();
            }
        }

        Assert.True(lease.Totals.UndrawnNanos < peak / 4, $"{lease.Totals} after {peak} undrawn");
    }

    [Fact]
    public async Task Subjects_of_one_scope_share_a_lease_and_ask_again_when_scopes_change()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        pool.ScopesAreAt(1);
        var other = Support with { UserId = "user_1" };
        var lease = await DrawAsync(pool);
        Assert.Same(lease, await DrawAsync(pool, other));
        Assert.Equal(2, wallet.Calls.Count);

        // The user gets a wallet of its own.
        wallet.ScopeOf = (team, user) => team + user;
        wallet.ScopesRevision = 2;
        pool.ScopesAreAt(2);
        Assert.NotSame(lease, await DrawAsync(pool, other));
        Assert.Same(lease, await DrawAsync(pool));
        var asked = wallet.Calls.Count;
        pool.ScopesAreAt(2);
        await DrawAsync(pool);
        await DrawAsync(pool, other);
        Assert.Equal(asked, wallet.Calls.Count);
    }

    [Fact]
    public async Task Change_of_scopes_that_an_answer_tells_of_is_heeded_though_nobody_told_of_it()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        pool.ScopesAreAt(1);
        var other = Support with { UserId = "user_1" };
        var lease = await DrawAsync(pool);
        Assert.Same(lease, await DrawAsync(pool, other));

        // The user gets a wallet of its own while the notices do not arrive; another subject asks.
        wallet.ScopeOf = (team, user) => team + user;
        wallet.ScopesRevision = 2;
        await DrawAsync(pool, Support with { TeamId = "team_search" });
        Assert.NotSame(lease, await DrawAsync(pool, other));
        Assert.Same(lease, await DrawAsync(pool));
        var asked = wallet.Calls.Count;
        pool.ScopesAreAt(2);
        await DrawAsync(pool, other);
        Assert.Equal(asked, wallet.Calls.Count);
    }

    [Fact]
    public void Lease_that_another_one_was_quicker_than_is_dropped_only_while_nothing_was_asked_for_it()
    {
        var (asking, unknown) = (Lease(), Lease());
        Assert.Equal(LeaseAction.Ask, asking.BeginOperation());
        Assert.False(asking.TryDiscard());
        asking.MayExist = true;
        asking.EndOperation();
        Assert.False(asking.TryDiscard());
        asking.Retire();
        Assert.Equal(LeaseAction.Close, asking.BeginOperation());

        Assert.True(unknown.TryDiscard());
        Assert.Equal(LeaseAction.Nothing, unknown.BeginOperation());

        HeldLease Lease() => new(Guid.CreateVersion7(), Support, new LeaseOptions(), _time, _ => { });
    }

    [Fact]
    public async Task Answer_older_than_a_known_change_of_scopes_is_not_remembered()
    {
        var wallet = new ContractWallet(1_000_000);
        wallet.ScopeOf = (team, _) =>
        {
            wallet.ScopesRevision = wallet.Calls.Count;
            return team;
        };
        var pool = await StartAsync(wallet);
        pool.ScopesAreAt(2);
        Assert.NotNull(await DrawAsync(pool));
        Assert.NotNull(await DrawAsync(pool));
        Assert.Equal(["Acquire", "Acquire"], wallet.Calls);
    }

    [Fact]
    public async Task Lease_is_in_the_journal_before_the_first_draw_and_out_of_it_after_its_end()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        var lease = await DrawAsync(pool);
        Assert.Equal(new LeaseRecord(0, MachineBoot.Id), _journal!.Leases()[lease!.Id]);
        lease.GiveBack(Bound, 0);
        pool.Recall(lease.Id);
        await UntilAsync(() => _journal.Leases().Count == 0, "the lease's end in the journal");
    }

    [Fact]
    public async Task Stop_gives_everything_back_when_calls_have_ended()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        var lease = await DrawAsync(pool);
        _lifetime.StopApplication();
        await UntilAsync(() => wallet.Available == 1_000_000 - Bound, "the rest to go back while the call is in flight");
        Assert.Null(await DrawAsync(pool));

        var stopping = pool.StopAsync(Cancel);
        lease!.GiveBack(Bound, 60);
        await UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(20));
                return stopping.IsCompleted;
            },
            "the pool to stop");
        Assert.Equal(1_000_000 - 60, wallet.Available);
        Assert.True(wallet.Lease(lease.Id).Closed);
    }

    public async ValueTask DisposeAsync()
    {
        if (_pool is not null)
        {
            using var now = new CancellationTokenSource();
            var stopping = _pool.StopAsync(now.Token);
            await UntilAsync(
                () =>
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    return stopping.IsCompleted;
                },
                "the pool to stop");
            _pool.Dispose();
        }

        _journal?.Dispose();
        _replica?.Dispose();
        await _metering.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private async Task<LeasePool> StartAsync(ContractWallet wallet, Action<LeaseOptions>? configure = null)
    {
        var settings = new LeaseOptions();
        configure?.Invoke(settings);
        var options = Options.Create(settings);
        var client = ContractWallet.ClientOf(wallet);
        _replica = ReplicaDirectory.Take(_root);
        _journal = new AttemptJournal(_replica, Options.Create(new JournalOptions { Directory = _root }), _time);
        var metrics = new LeaseMetrics(_metering.GetRequiredService<IMeterFactory>());
        var holds = new HoldEndings(new Contracts.Wallet.V1.Wallet.WalletClient(wallet), client, _journal, new DeadLetters(_replica, _time), _time, NullLogger<HoldEndings>.Instance);
        var closing = new LeaseClosing(client, holds, _journal, metrics, options, _time, NullLogger<LeaseClosing>.Instance);
        _pool = new LeasePool(
            new LeaseOperations(client, closing, _journal, _replica, metrics, options, _time, NullLogger<LeaseOperations>.Instance),
            metrics, _lifetime, options, _time);
        await _pool.StartAsync(Cancel);
        return _pool;
    }

    private static ValueTask<HeldLease?> DrawAsync(LeasePool pool, LeaseSubject? subject = null) => pool.DrawAsync(subject ?? Support, Bound, Cancel);

    private static Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(() => Task.FromResult(condition()), Limit, what);

    private static Task UntilAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(condition, Limit, what);

    private sealed class Lifetime : IHostApplicationLifetime
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();
    }
}
