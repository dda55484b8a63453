using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Routing.Calls;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Limits;

/// <summary>Three replicas, each with its own connections, against one real database.</summary>
public sealed class LimitStoreTests(ITestOutputHelper output) : LimitDatabase
{
    /// <summary>Parallel requests that come together at least.</summary>
    private const int Together = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ServiceProvider _metering = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<TestReplica> _replicas = [];

    public override async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await _metering.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Sum_over_three_replicas_under_load_is_the_limit()
    {
        // The estimates of all of them are above the limit of tokens, what is really used is below it: what calls give back must be there for others in time.
        await StartThreeAsync(Limit("team", LimitScope.Team) with { RequestsPerMinute = 2_000, TokensPerMinute = 150_000 });
        var (admitted, _) = await LoadAsync(amount => amount / 2);
        Assert.InRange(admitted, 2_000 * 0.95, 2_000);
    }

    [Fact]
    public async Task Tokens_of_three_replicas_under_load_are_the_limit()
    {
        await StartThreeAsync(Limit("team", LimitScope.Team) with { TokensPerMinute = 100_000 });
        var (_, tokens) = await LoadAsync(amount => amount);
        Assert.InRange(tokens, 100_000 * 0.95, 100_000);
    }

    [Fact]
    public async Task Parallel_requests_of_three_replicas_never_are_more_than_the_limit_and_those_of_a_killed_one_come_back()
    {
        var limit = Limit("parallel", LimitScope.Global) with { ParallelRequests = 9, Queue = TimeSpan.FromSeconds(20) };
        await StartThreeAsync(limit);

        // A replica whose machine or database stands still for so long is silent, and others may have its slots while its calls are under way still: such a round says nothing.
        var (round, most) = (1, await RunParallelAsync());
        for (; most.Stalled >= SlotDecision.Silence - TimeSpan.FromSeconds(2) && round < 3; round++)
        {
            most = await RunParallelAsync();
        }

        Assert.InRange(most.Calls, Together, 9);

        for (var i = 0; i < 9; i++)
        {
            Assert.NotNull((await _replicas[0].AcquireAsync("", 1)).Permit);
        }

        await _replicas[0].KillAsync();
        using var next = (await _replicas[1].AcquireAsync("", 1)).Permit;
        Assert.NotNull(next); // No later than a call may wait: else it would have no permit.

        // And no earlier than after the silence, by the clock of the database, which decides.
        await using var silence = DataSource.CreateCommand("SELECT clock_timestamp() - heard_at FROM limit_holder WHERE held = 9");
        Assert.True((TimeSpan)(await silence.ExecuteScalarAsync(Cancel))! >= SlotDecision.Silence);
    }

    [Fact]
    public async Task Call_that_may_wait_passes_when_others_give_back()
    {
        var limit = Limit("queue", LimitScope.Key) with { TokensPerMinute = 1_000, Queue = TimeSpan.FromSeconds(20) };
        await StartAsync(limit);
        await StartAsync(limit);
        var first = (await _replicas[0].AcquireAsync("key", 1_000)).Permit!;
        var before = await RowAsync();
        var waiting = _replicas[1].AcquireAsync("key", 800);
        await Eventually.TrueAsync(async () => await RowAsync() != before, Patience, "the second replica to have been told that nothing is left");
        Assert.False(waiting.IsCompleted);
        first.Use(100);
        first.Dispose();
        Assert.NotNull((await waiting.WaitAsync(Patience, Cancel)).Permit);
    }

    [Fact]
    public async Task Two_large_calls_that_wait_on_two_replicas_pass_one_after_the_other()
    {
        var limit = Limit("queue", LimitScope.Key) with { TokensPerMinute = 1_000, Queue = TimeSpan.FromSeconds(30) };
        await StartAsync(limit);
        await StartAsync(limit);

        // Some seconds ago, so that it stays the first slot: in one with what the calls draw, what comes free below would be theirs.
        await ExecuteAsync("""
            INSERT INTO limit_count (limit_name, subject, measure, slots, used, changed_at)
            VALUES ('queue', 'key', 2, ARRAY[floor(extract(epoch FROM clock_timestamp()))::bigint - 5 + 62135596800], ARRAY[1000], clock_timestamp())
            """);
        List<Task<LimitOutcome>> waiting = [_replicas[0].AcquireAsync("key", 800), _replicas[1].AcquireAsync("key", 800)];
        for (var part = 0; part < 10; part++)
        {
            // Both have asked since the last came free: each would have had a part of it.
            for (var exchange = 0; exchange < 3; exchange++)
            {
                var before = await RowAsync();
                await Eventually.TrueAsync(async () => waiting.Any(call => call.IsCompleted) || await RowAsync() != before, Patience, "the replicas to ask");
            }

            await ExecuteAsync("UPDATE limit_count SET used[1] = used[1] - 100 WHERE limit_name = 'queue'");
        }

        var first = await Task.WhenAny(waiting).WaitAsync(Patience, Cancel);
        waiting.Remove(first);
        Assert.NotNull((await first).Permit);
        (await first).Permit!.Dispose();
        Assert.NotNull((await waiting[0].WaitAsync(Patience, Cancel)).Permit);
    }

    [Fact]
    public async Task Calls_under_limits_are_refused_while_the_database_is_away_and_pass_again_after_it()
    {
        await StartAsync(Limit("away", LimitScope.Global) with { RequestsPerMinute = 100 });
        Assert.NotNull((await _replicas[0].AcquireAsync("", 1)).Permit);
        await ExecuteAsync("ALTER TABLE limit_count RENAME TO gone");
        var passed = 0;
        LimitRefusal? refusal = null;
        while (refusal is null)
        {
            var outcome = await _replicas[0].AcquireAsync("", 1);
            (passed, refusal) = (passed + 1, outcome.Refusal);
        }

        Assert.InRange(passed, 1, 20);
        Assert.Equal((503, false), (refusal.Error.Status, refusal.IsDenied));
        await ExecuteAsync("ALTER TABLE gone RENAME TO limit_count");
        await Eventually.TrueAsync(async () => (await _replicas[0].AcquireAsync("", 1)).Permit is not null, Patience, "calls to pass again");
    }

    [Fact]
    public async Task What_counts_no_more_is_swept_away_and_counted_anew()
    {
        var replica = await StartAsync(Limit("sweep", LimitScope.Key) with { RequestsPerMinute = 10, ParallelRequests = 10 });
        Assert.NotNull((await replica.AcquireAsync("old", 1)).Permit);
        await ExecuteAsync("UPDATE limit_count SET changed_at = now() - interval '6 minutes'");
        await replica.Limits.Store.SweepAsync(Cancel);
        Assert.DoesNotContain(await replica.Limits.Store.ReadCountsAsync(["sweep"], Cancel), row => row.Key.Measure == LimitMeasure.RequestsPerMinute);
        Assert.NotNull((await replica.AcquireAsync("old", 1)).Permit);
    }

    [Fact]
    public async Task Count_that_cannot_be_decided_stops_neither_the_others_nor_the_gateway_and_loses_nothing()
    {
        var replica = await StartAsync(Limit("broken", LimitScope.Key) with { RequestsPerDay = 100_000 });
        replica.Limits.Policy.Add(Limit("sound", LimitScope.Team) with { RequestsPerDay = 100_000 });
        Assert.NotNull((await AcquireAsync("key")).Permit);
        var (broken, sound) = (1, 1);
        await ExecuteAsync("UPDATE limit_count SET slots = slots || (slots[1] + 1) || (slots[1] + 2), used = used || 9223372036854775807 || 9223372036854775807 WHERE limit_name = 'broken'");
        while ((await AcquireAsync("key")).Refusal is not { Error.Status: 503 })
        {
            (broken, sound) = (broken + 1, sound + 1);
        }

        for (var call = 0; call < 2_000; call++, sound++)
        {
            Assert.Null((await AcquireAsync("")).Refusal);
        }

        Assert.Equal(503, (await AcquireAsync("key")).Refusal?.Error.Status);
        await ExecuteAsync("UPDATE limit_count SET slots = slots[1:1], used = used[1:1] WHERE limit_name = 'broken'");
        await Eventually.TrueAsync(async () => (await AcquireAsync("key")).Permit is not null, Patience, "calls to pass again");
        (broken, sound) = (broken + 1, sound + 1);
        await replica.Limits.DisposeAsync();
        var counts = await new LimitStore(DataSource).ReadCountsAsync(["broken", "sound"], Cancel);
        long UsedOf(string limit) => counts.Where(row => row.Key.Limit == limit).Sum(row => row.State.Uses.Sum(use => use.Used));
        Assert.Equal((broken, sound), (UsedOf("broken"), UsedOf("sound")));

        Task<LimitOutcome> AcquireAsync(string key) => replica.Limits.Calls.AcquireAsync(replica.Limits.Policy, new LimitFacts(key, "", "team", "model", "lane"), 1, Cancel).AsTask();
    }

    /// <summary>Ninety calls of three replicas. Answers how many were under way at once, and for how long nothing went on meanwhile.</summary>
    private async Task<(int Calls, TimeSpan Stalled)> RunParallelAsync()
    {
        var (running, most, done) = (0, 0, 0);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var stalled = LongestStallAsync(over.Token);

        // Who is there first waits for others, so that as many as are told to be at least come together however slow the database is.
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Task.WhenAll(Enumerable.Range(0, 90).Select(async call =>
        {
            var outcome = await _replicas[call % 3].AcquireAsync("", 1);
            using var permit = outcome.Permit!;
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            if (now == Together)
            {
                came.TrySetResult();
            }

            await came.Task.WaitAsync(Patience, Cancel);
            await Task.Delay(50, Cancel);
            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref done);
        }));
        Assert.Equal(90, done);
        await over.CancelAsync();
        return (most, await stalled);
    }

    /// <summary>The longest pause between two answers of the database, to a question every tenth of a second.</summary>
    private async Task<TimeSpan> LongestStallAsync(CancellationToken over)
    {
        var (longest, last) = (TimeSpan.Zero, Stopwatch.GetTimestamp());
        while (!over.IsCancellationRequested)
        {
            await ExecuteAsync("SELECT 1");
            await Task.Delay(100, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var pause = Stopwatch.GetElapsedTime(last);
            (longest, last) = (pause > longest ? pause : longest, Stopwatch.GetTimestamp());
        }

        return longest;
    }

    private static RouteLimit Limit(string name, LimitScope scope) => new(name, scope, "", 0, 0, 0, 0, 0, 100, TimeSpan.Zero);

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; seen < value;)
        {
            seen = Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    /// <summary>Another one after each exchange of the limit's count.</summary>
    private async Task<string> RowAsync()
    {
        await using var command = DataSource.CreateCommand("SELECT xmin::text FROM limit_count WHERE limit_name = 'queue'");
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>
    /// Calls of eight callers a replica for six seconds and for three after the first that was refused: a busy machine takes longer to reach a limit. Never for the limit's whole minute, behind which what was used at first is free
    /// again. Answers how many passed, and what they used.
    /// </summary>
    private async Task<(int Admitted, long Tokens)> LoadAsync(Func<int, int> use)
    {
        var (admitted, refused, tokens, reached) = (0, 0, 0L, 0L);
        var began = Stopwatch.GetTimestamp();
        bool GoesOn()
        {
            var (passed, at) = (Stopwatch.GetElapsedTime(began).TotalSeconds, Volatile.Read(ref reached));
            return passed < 6 || (passed < 50 && (at == 0 || Stopwatch.GetElapsedTime(at).TotalSeconds < 3));
        }

        await Task.WhenAll(Enumerable.Range(0, 24).Select(caller => Task.Run(
            async () =>
            {
                var random = new Random(caller);
                while (GoesOn())
                {
                    var amount = random.Next(50, 151);
                    var outcome = await _replicas[caller % 3].AcquireAsync("team_a", amount);
                    if (outcome.Permit is { } permit)
                    {
                        Interlocked.Increment(ref admitted);
                        var actual = use(amount);
                        permit.Use(actual);
                        permit.Dispose();
                        Interlocked.Add(ref tokens, actual);
                    }
                    else if (outcome.Refusal!.Error != ApiError.LimitsUnavailable) // As it is where the database takes too long to count, on a busy machine.
                    {
                        Interlocked.Increment(ref refused);
                        Interlocked.CompareExchange(ref reached, Stopwatch.GetTimestamp(), 0);
                        Assert.Equal("rate_limit_exceeded", outcome.Refusal.Error.Code);
                    }

                    await Task.Delay(1);
                }
            },
            Cancel)));
        output.WriteLine($"{admitted} calls of {tokens} tokens passed, {refused} were refused.");
        Assert.True(refused > 0, "The load was too small to reach the limit.");
        return (admitted, tokens);
    }

    private async Task StartThreeAsync(RouteLimit limit)
    {
        for (var replica = 0; replica < 3; replica++)
        {
            await StartAsync(limit);
        }
    }

    private async Task<TestReplica> StartAsync(RouteLimit limit)
    {
        var replica = new TestReplica(ConnectionString, limit, _metering.GetRequiredService<IMeterFactory>());
        _replicas.Add(replica);
        await replica.Limits.StartAsync(Cancel);
        return replica;
    }

    private sealed class TestReplica : IAsyncDisposable
    {
        private readonly NpgsqlDataSource _dataSource;
        private readonly LimitScope _scope;

        public TestReplica(string database, RouteLimit limit, IMeterFactory meters)
        {
            _dataSource = NpgsqlDataSource.Create(database);
            _scope = limit.Scope;
            Limits = new LocalLimits(_dataSource, meters);
            Limits.Policy.Add(limit);
        }

        public LocalLimits Limits { get; }

        public Task<LimitOutcome> AcquireAsync(string subject, long tokens) => Limits.Calls.AcquireAsync(
            Limits.Policy, new LimitFacts(_scope == LimitScope.Key ? subject : "", "", _scope == LimitScope.Team ? subject : "", "model", "lane"), tokens, Cancel).AsTask();

        /// <summary>Ends without a word to the database.</summary>
        public async Task KillAsync()
        {
            await _dataSource.DisposeAsync();
            await Limits.DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Limits.DisposeAsync();
            await _dataSource.DisposeAsync();
        }
    }
}
