using Platform.Contracts.Wallet.V1;
using Platform.Routing.Journal;
using Platform.Routing.Leases;
using Platform.Testing;

namespace Platform.Routing.Tests.Leases;

/// <summary>What calls draw, when Wallet is asked, and whose calls share a lease.</summary>
public sealed class LeasePoolTests : LeasePoolTest
{
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
                Time.Advance(TimeSpan.FromMilliseconds(500));
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
            await Time.AdvanceAsync(TimeSpan.FromSeconds(1.0 / callsPerSecond));
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

        Time.Advance(TimeSpan.FromMilliseconds(1001));
        Assert.Null(await DrawAsync(pool));
        Assert.True(wallet.Calls.Count > asked);
        Assert.Equal(5 * Bound, wallet.Available);
    }

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
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null(await DrawAsync(pool));
        wallet.IsDown = false;
        await UntilAsync(
            async () =>
            {
                Time.Advance(TimeSpan.FromMilliseconds(500));
                return await DrawAsync(pool) is not null;
            },
            "the lease to be drawn from again");
    }

    [Fact]
    public async Task Many_leases_take_turns_with_a_wallet_that_answers_late_and_none_is_left_out()
    {
        var wallet = new ContractWallet(1_000_000_000);
        var pool = await StartAsync(wallet);
        for (var team = 0; team < 200; team++)
        {
            Assert.NotNull(await DrawAsync(pool, Support with { TeamId = $"team_{team}" }));
        }

        var answers = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        wallet.Calls.Clear();
        wallet.Until = answers.Task;
        await Time.AdvanceAsync(TimeSpan.FromSeconds(ContractWallet.TimeToLiveSeconds / 2));
        Assert.Equal(Enumerable.Repeat("Report", 32), wallet.Calls);

        // A new caller's lease has its turn too, and until then the caller waits no longer than it would for an answer.
        var call = DrawAsync(pool).AsTask();
        await Time.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Null(await call.WaitAsync(Limit, Cancel));
        answers.SetResult();
        await UntilAsync(() => wallet.Calls.Count >= 201, "all leases to have had their turn");
        Assert.Equal((200, 1), (wallet.Calls.Count(name => name == "Report"), wallet.Calls.Count(name => name == "Acquire")));
    }

    [Fact]
    public async Task Deadline_counts_from_before_the_request_however_late_the_answer()
    {
        var answered = new TaskCompletionSource();
        var wallet = new ContractWallet(1_000_000) { Until = answered.Task };
        var pool = await StartAsync(wallet, options => options.WaitMs = 60_000);
        var drawing = DrawAsync(pool).AsTask();
        Time.Advance(TimeSpan.FromSeconds(29));
        wallet.IsDown = true;
        answered.SetResult();
        var lease = await drawing.WaitAsync(Limit, Cancel);
        Assert.True(lease!.TryDraw(Bound));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(lease.TryDraw(Bound));
    }

    [Fact]
    public async Task Call_waits_for_the_answer_under_way_and_no_longer_than_its_limit()
    {
        var answered = new TaskCompletionSource();
        var wallet = new ContractWallet(1_000_000) { Until = answered.Task };
        var pool = await StartAsync(wallet);
        var drawing = Enumerable.Range(0, 10).Select(_ => DrawAsync(pool).AsTask()).ToList();
        Time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.All(drawing, task => Assert.False(task.IsCompleted));
        Time.Advance(TimeSpan.FromMilliseconds(1));
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
        Time.Advance(TimeSpan.FromMilliseconds(200));
        var lease = await DrawAsync(pool);
        Assert.Equal(1_000_000 - 40_000, wallet.Available);
        Assert.Equal(40_000, lease!.Totals.GrantedNanos);
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
    public async Task Change_of_scopes_that_a_reports_answer_tells_of_is_heeded_though_nobody_told_of_it()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        pool.ScopesAreAt(1);
        var capped = Support with { UserId = "user_1" };
        var lease = await DrawAsync(pool);
        Assert.Same(lease, await DrawAsync(pool, capped));

        // The user gets a cap of its own while the notices do not arrive, and nobody asks for more.
        wallet.ScopeOf = (team, user) => team + user;
        wallet.ScopesRevision = 2;
        await Eventually.TrueAsync(
            async () =>
            {
                await Time.AdvanceAsync(TimeSpan.FromMilliseconds(500));
                return wallet.Calls.Contains("Report") && await DrawAsync(pool, capped) != lease;
            },
            Limit, "the capped user to be asked for again");
        Assert.Same(lease, await DrawAsync(pool));
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
}
