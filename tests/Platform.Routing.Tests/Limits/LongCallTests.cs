using Platform.Routing.Limits;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Limits;

/// <summary>Calls that run on while nobody else asks for their counts.</summary>
public sealed class LongCallTests : IDisposable
{
    private static readonly RouteLimit Limit = new("limit", LimitScope.Key, "", 0, 0, 0, 0, 0, 100, TimeSpan.Zero);

    private readonly CallLimitWorld _world = new(2);

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Parallel_limit_holds_while_streams_of_minutes_run_and_nobody_else_calls(int next)
    {
        RouteLimit[] policy = [Limit with { RequestsPerMinute = 100, ParallelRequests = 5 }];
        var streams = new List<LimitPermit>();
        for (var i = 0; i < 5; i++)
        {
            streams.Add(await PassesAsync(policy, 1));
        }

        for (var minute = 1; minute <= 4; minute++)
        {
            _world.Pass(TimeSpan.FromMinutes(1));
            var refused = await _world.AcquireAsync(_world.Replicas[next], policy, "key", 1);
            Assert.Equal("rate_limit_exceeded", refused.Refusal?.Error.Code);
            Assert.Equal(5, _world.Held("limit", "key"));
        }

        _world.Pass(TimeSpan.FromMinutes(4));
        streams[0].Dispose();
        _world.Pass(TimeSpan.FromSeconds(2));
        Assert.NotNull((await _world.AcquireAsync(_world.Replicas[next], policy, "key", 1)).Permit);
        Assert.NotNull((await _world.AcquireAsync(_world.Replicas[next], policy, "key", 1)).Refusal);
    }

    [Fact]
    public async Task Tokens_of_the_day_come_back_from_a_call_of_three_minutes_and_those_above_its_estimate_are_counted()
    {
        RouteLimit[] policy = [Limit with { RequestsPerDay = 1_000, TokensPerDay = 1_000_000 }];
        var over = await PassesAsync(policy, 128_000);
        _world.Pass(TimeSpan.FromMinutes(3));
        over.Use(2_000);
        over.Dispose();
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(2_000, _world.Used("limit", "key", LimitMeasure.TokensPerDay));

        var under = await PassesAsync(policy, 1_000);
        _world.Pass(TimeSpan.FromMinutes(7));
        under.Use(9_000);
        under.Dispose();
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(11_000, _world.Used("limit", "key", LimitMeasure.TokensPerDay));
        Assert.Equal(2, _world.Used("limit", "key", LimitMeasure.RequestsPerDay));
    }

    [Fact]
    public async Task Counts_of_a_subject_go_together_when_its_last_call_has_ended_and_come_anew_with_the_next()
    {
        RouteLimit[] policy = [Limit with { RequestsPerMinute = 100, TokensPerDay = 1_000, ParallelRequests = 5 }];
        var call = await PassesAsync(policy, 10);
        _world.Pass(TimeSpan.FromMinutes(5));
        Assert.Equal(3, _world.Replicas[0].Counts.All.Count());
        call.Dispose();
        _world.Pass(TimeSpan.FromMinutes(2));
        Assert.Empty(_world.Replicas[0].Counts.All);
        await PassesAsync(policy, 10);
        Assert.Equal(3, _world.Replicas[0].Counts.All.Count());
    }

    [Fact]
    public async Task Limit_that_a_policy_takes_away_and_puts_back_knows_the_calls_that_run_since_before()
    {
        var (with, without) = (Limit with { RequestsPerMinute = 100, ParallelRequests = 5 }, Limit with { RequestsPerMinute = 100 });
        RouteLimit[] before = [with], between = [without], after = [with with { }];
        var streams = new List<LimitPermit>();
        for (var i = 0; i < 5; i++)
        {
            streams.Add(await PassesAsync(before, 1));
        }

        (await PassesAsync(between, 1)).Dispose();
        _world.Pass(TimeSpan.FromMinutes(4));
        Assert.NotNull((await _world.AcquireAsync(_world.Replicas[0], after, "key", 1)).Refusal);
        Assert.NotNull((await _world.AcquireAsync(_world.Replicas[1], after, "key", 1)).Refusal);
        streams.ForEach(stream => stream.Dispose());
        await PassesAsync(after, 1);
    }

    [Fact]
    public async Task Call_that_began_under_an_older_policy_does_not_set_a_lowered_limit_back()
    {
        RouteLimit[] older = [Limit with { ParallelRequests = 5, Version = 7 }], lowered = [Limit with { ParallelRequests = 2, Version = 8 }];
        await PassesAsync(older, 1);
        await PassesAsync(lowered, 1);

        Assert.NotNull((await _world.AcquireAsync(_world.Replicas[0], older, "key", 1)).Refusal);
        Assert.Equal(2, Assert.Single(_world.Replicas[0].Counts.All).Spec.Limit);
    }

    [Fact]
    public async Task Two_counts_of_one_key_are_never_in_one_exchange()
    {
        RouteLimit[] policy = [Limit with { RequestsPerMinute = 100 }];
        await PassesAsync(policy, 1);
        var counts = _world.Replicas[0].Counts;
        var first = Assert.Single(counts.All);
        var second = counts.Make(first.Key, first.Spec);
        _world.Pass(TimeSpan.FromSeconds(20));
        Assert.Empty(counts.TakeDue(500));
        List<Task<DrawOutcome>> waiting = [];
        foreach (var gauge in (Gauge[])[first, second])
        {
            waiting.Add(gauge.DrawAsync(1, new LimitPermit(1), _world.Replicas[0].Clock.Now, TestContext.Current.CancellationToken).AsTask());
        }

        Assert.Same(first, Assert.Single(counts.TakeDue(500)));
        Assert.Same(second, Assert.Single(counts.TakeDue(500)));
    }

    private async Task<LimitPermit> PassesAsync(IReadOnlyList<RouteLimit> policy, long tokens)
    {
        var outcome = await _world.AcquireAsync(_world.Replicas[0], policy, "key", tokens);
        Assert.Null(outcome.Refusal?.Error.Message);
        return outcome.Permit!;
    }
}
