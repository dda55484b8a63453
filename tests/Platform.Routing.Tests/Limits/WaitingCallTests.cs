using CsCheck;
using Platform.Routing.Limits;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Limits;

/// <summary>Calls that wait on several replicas for more than is free.</summary>
public sealed class WaitingCallTests(ITestOutputHelper output)
{
    private const long Limit = 1_000;
    private const int StepMs = 50;

    private static readonly TimeSpan Queue = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly GaugeSpec Spec = new(LimitMeasure.TokensPerMinute, Limit, 100, Queue);

    /// <summary>Of each call, one a replica: when it comes, how large it is (no two fit beside each other, and what comes back of so much lies in its replica's slice for three seconds at most), how long it runs.</summary>
    private static readonly Gen<(int ComesMs, int Amount, int RunsMs)> Calls = Gen.Select(Gen.Int[0, 3_000], Gen.Int[501, (int)Limit], Gen.Int[0, 500]);

    [Fact]
    public void Calls_that_each_fit_all_pass_within_their_time_however_what_is_free_comes_back() => Gen.Select(Calls.Array[2, 4], Gen.Int[0, 4_000].Array[20]).Sample(
        (calls, returns) => RunAsync(calls, returns).GetAwaiter().GetResult(), writeLine: output.WriteLine, iter: 200, threads: 1);

    [Fact]
    public async Task Call_that_waits_on_a_replica_that_is_gone_keeps_the_others_waiting_for_two_seconds_only()
    {
        var world = new LimitWorld(Spec, 3);
        var fill = await FillAsync(world, [Limit]);
        var gone = world.Replicas[0];
        _ = gone.Gauge.DrawAsync(Limit, new LimitPermit(Limit), gone.Clock.Now, CancellationToken.None).AsTask();
        world.Exchange(gone);
        var waiting = world.Replicas[1].Gauge.DrawAsync(Limit, new LimitPermit(Limit), world.Replicas[1].Clock.Now, CancellationToken.None).AsTask();
        fill[0].GiveBack();
        world.Exchange(world.Replicas[^1]);
        Assert.False(world.Exchange(world.Replicas[1]));
        world.Time.Advance(CountTurn.Silence - TimeSpan.FromMilliseconds(1));
        Assert.False(world.Exchange(world.Replicas[1]));
        world.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(world.Exchange(world.Replicas[1]));
        Assert.Equal(DrawOutcome.Drawn, await waiting.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Small_call_passes_beside_a_large_one_that_waits_where_both_fit()
    {
        var world = new LimitWorld(Spec, 3);
        var fill = await FillAsync(world, [500, 500]);
        _ = Draw(world, 0, 800);
        world.Exchange(world.Replicas[0]);
        var small = Draw(world, 1, 100);
        Assert.False(world.Exchange(world.Replicas[1]));
        fill.ForEach(permit => permit.GiveBack());
        world.Exchange(world.Replicas[^1]);
        world.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(world.Exchange(world.Replicas[1]));
        Assert.Equal(DrawOutcome.Drawn, await small.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.True(world.Exchange(world.Replicas[0]));
    }

    [Fact]
    public async Task Call_that_gives_up_waiting_lets_the_next_replicas_collect_at_once()
    {
        var world = new LimitWorld(Spec, 3);
        var fill = await FillAsync(world, [400, 600]);
        using var leaves = new CancellationTokenSource();
        var first = world.Replicas[0].Gauge.DrawAsync(900, new LimitPermit(900), world.Replicas[0].Clock.Now, leaves.Token).AsTask();
        world.Exchange(world.Replicas[0]);
        _ = Draw(world, 1, 600);
        world.Exchange(world.Replicas[1]);
        fill[1].GiveBack();
        world.Exchange(world.Replicas[^1]);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        world.Time.Advance(TimeSpan.FromMilliseconds(100));
        world.ExchangeIfDue(world.Replicas[0]);
        Assert.True(world.Exchange(world.Replicas[1]));
    }

    [Fact]
    public async Task Call_that_waited_counts_from_when_it_goes_on()
    {
        using var world = new CallLimitWorld(1);
        var replica = world.Replicas[0];
        var impatient = new RouteLimit("limit", LimitScope.Key, "", 0, Limit, 0, 0, 0, 100, TimeSpan.Zero);
        IReadOnlyList<RouteLimit> patient = [impatient with { Queue = TimeSpan.FromSeconds(50) }];
        Use((await world.AcquireAsync(replica, [impatient], "key", 500)).Permit!, 500);
        world.Pass(TimeSpan.FromSeconds(30));
        var waiting = replica.Calls.AcquireAsync(patient, new LimitFacts("key", "", "team", "model", "lane"), Limit, CancellationToken.None).AsTask();
        world.Pass(TimeSpan.FromSeconds(30));
        Assert.False(waiting.IsCompleted);
        world.Pass(TimeSpan.FromSeconds(2));
        Use((await waiting.WaitAsync(Patience, TestContext.Current.CancellationToken)).Permit!, Limit);

        // What it had collected when it came is older than a minute now; it was sent half a minute ago.
        world.Pass(TimeSpan.FromSeconds(31));
        Assert.Null((await world.AcquireAsync(replica, [impatient], "key", 1)).Permit);
        world.Pass(TimeSpan.FromSeconds(31));
        Assert.NotNull((await world.AcquireAsync(replica, [impatient], "key", Limit)).Permit);

        static void Use(LimitPermit permit, long tokens)
        {
            permit.Use(tokens);
            permit.Dispose();
        }
    }

    [Theory]
    [InlineData("parallel", "raised")]
    [InlineData("tokens", "raised")]
    [InlineData("parallel", "taken away")]
    [InlineData("tokens", "taken away")]
    [InlineData("tokens", "of another measure")]
    [InlineData("parallel", "for another key")]
    [InlineData("tokens", "of another scope")]
    public async Task Call_that_waits_goes_on_when_a_new_policy_has_room_for_it_though_no_other_call_comes(string counted, string change)
    {
        var parallel = new RouteLimit("limit", LimitScope.Key, "", 0, 0, 0, 0, 1, 100, Queue);
        var before = counted == "parallel" ? parallel : parallel with { ParallelRequests = 0, TokensPerMinute = 10 };
        var after = change switch
        {
            "raised" => CallLimitWorld.PolicyOf(1, before with { ParallelRequests = before.ParallelRequests * 2, TokensPerMinute = before.TokensPerMinute * 2 }),
            "taken away" => CallLimitWorld.PolicyOf(1),
            "of another measure" => CallLimitWorld.PolicyOf(1, parallel with { ParallelRequests = 2 }),
            "for another key" => CallLimitWorld.PolicyOf(1, before with { Match = "another" }),
            _ => CallLimitWorld.PolicyOf(1, before with { Scope = LimitScope.Team }),
        };
        using var world = new CallLimitWorld(1);
        var replica = world.Replicas[0];
        var first = (await world.AcquireAsync(replica, [before], "key", 10)).Permit!;
        var waiting = replica.Calls.AcquireAsync([before], new LimitFacts("key", "", "team", "model", "lane"), 10, TestContext.Current.CancellationToken).AsTask();
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);

        replica.Counts.Follow(after);
        world.Pass(TimeSpan.FromSeconds(1));
        var second = (await waiting.WaitAsync(Patience, TestContext.Current.CancellationToken)).Permit!;

        // Put back, it counts what has been drawn of it, and what ends comes back.
        IReadOnlyList<RouteLimit> again = [before with { Version = 2, Queue = TimeSpan.Zero }];
        Assert.Null((await world.AcquireAsync(replica, again, "key", 10)).Permit);
        first.Dispose();
        second.Dispose();
        world.Pass(TimeSpan.FromSeconds(61));
        Assert.NotNull((await world.AcquireAsync(replica, again, "key", 10)).Permit);
        Assert.Null((await world.AcquireAsync(replica, again, "key", 10)).Permit);
    }

    [Fact]
    public async Task Call_of_a_policy_before_passes_a_limit_that_is_taken_away_and_one_of_a_newer_policy_does_not()
    {
        using var world = new CallLimitWorld(1);
        var (replica, limit) = (world.Replicas[0], new RouteLimit("limit", LimitScope.Key, "", 1, 0, 0, 0, 0, 100, TimeSpan.Zero) { Version = 1 });
        Assert.NotNull((await world.AcquireAsync(replica, [limit], "key", 1)).Permit);
        replica.Counts.Follow(CallLimitWorld.PolicyOf(2));
        Assert.NotNull((await world.AcquireAsync(replica, [limit], "key", 1)).Permit);
        IReadOnlyList<RouteLimit> newer = [limit with { Version = 3 }];
        Assert.Null((await world.AcquireAsync(replica, newer, "key", 1)).Permit);

        // Who has read the policy before that one late takes nothing away.
        replica.Counts.Follow(CallLimitWorld.PolicyOf(2));
        Assert.Null((await world.AcquireAsync(replica, newer, "key", 1)).Permit);
    }

    private static Task<DrawOutcome> Draw(LimitWorld world, int replica, long amount) =>
        world.Replicas[replica].Gauge.DrawAsync(amount, new LimitPermit(amount), world.Replicas[replica].Clock.Now, CancellationToken.None).AsTask();

    /// <summary>Has the last replica draw these, and no slice of it is left: what comes back of them is free for all at once.</summary>
    private static async Task<List<LimitPermit>> FillAsync(LimitWorld world, IEnumerable<long> amounts)
    {
        var permits = new List<LimitPermit>();
        foreach (var amount in amounts)
        {
            permits.Add((await world.TryAcquireAsync(world.Replicas[^1], amount))!);
        }

        world.Time.Advance(TimeSpan.FromSeconds(11));
        world.Exchange(world.Replicas[^1]);
        Assert.Equal(Limit, world.Used);
        return permits;
    }

    private static async Task RunAsync((int ComesMs, int Amount, int RunsMs)[] calls, int[] returns)
    {
        var world = new LimitWorld(Spec, calls.Length + 1);
        var fill = await FillAsync(world, Enumerable.Repeat(Limit / returns.Length, returns.Length));
        var waiting = new Task<DrawOutcome>?[calls.Length];
        var permits = calls.Select(call => new LimitPermit(call.Amount)).ToArray();
        var endsMs = new int?[calls.Length];
        for (var now = 0; now < (int)Queue.TotalMilliseconds && endsMs.Any(ends => ends is null); now += StepMs)
        {
            foreach (var at in Enumerable.Range(0, returns.Length).Where(at => returns[at] / StepMs == now / StepMs))
            {
                fill[at].GiveBack();
            }

            for (var at = 0; at < calls.Length; at++)
            {
                if (waiting[at] is null && calls[at].ComesMs <= now)
                {
                    waiting[at] = world.Replicas[at].Gauge.DrawAsync(calls[at].Amount, permits[at], world.Replicas[at].Clock.Now, CancellationToken.None).AsTask();
                }

                if (world.ExchangeIfDue(world.Replicas[at]))
                {
                    Assert.Equal(DrawOutcome.Drawn, await waiting[at]!.WaitAsync(Patience));
                    endsMs[at] = now + calls[at].RunsMs;
                }

                if (endsMs[at] is { } ends && ends <= now)
                {
                    permits[at].GiveBack();
                }
            }

            world.ExchangeIfDue(world.Replicas[^1]);
            Assert.InRange(permits.Select((permit, at) => endsMs[at] > now ? calls[at].Amount : 0).Sum(), 0, Limit);
            world.Time.Advance(TimeSpan.FromMilliseconds(StepMs));
        }

        Assert.All(endsMs, ends => Assert.NotNull(ends));
    }
}
