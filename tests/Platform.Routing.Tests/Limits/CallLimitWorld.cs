using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Platform.Routing.Limits;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Limits;

/// <summary>Whole calls under a policy's limits on several replicas, with the database's counts in memory, under a clock that the test turns.</summary>
internal sealed class CallLimitWorld : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DropInterval = TimeSpan.FromMinutes(1);

    private readonly ServiceProvider _metering = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Dictionary<GaugeKey, CountState> _counts = [];
    private readonly Dictionary<GaugeKey, long> _lost = [];
    private readonly Dictionary<(string Limit, string Subject), List<SlotHolder>> _holders = [];
    private DateTimeOffset _droppedAt;

    public CallLimitWorld(int replicas)
    {
        _droppedAt = Time.GetUtcNow();
        Replicas = [.. Enumerable.Range(0, replicas).Select(_ => new CallLimitReplica(Time, _metering.GetRequiredService<IMeterFactory>()))];
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 26, 0, 0, 30, TimeSpan.Zero));

    public IReadOnlyList<CallLimitReplica> Replicas { get; }

    /// <summary>How an exchange ends.</summary>
    public Func<ExchangeFate> Fate { get; set; } = () => ExchangeFate.Done;

    /// <summary>A policy that has limits alone.</summary>
    public static RoutingTable PolicyOf(long version, params RouteLimit[] limits) => new(
        version, FrozenDictionary<string, RouteProvider>.Empty, FrozenDictionary<string, RouteTarget>.Empty, FrozenDictionary<string, RouteModel>.Empty,
        FrozenDictionary<string, RouteLane>.Empty, [], [.. limits.Select(limit => limit with { Version = version })]);

    /// <summary>What the database counts now.</summary>
    public long Used(string limit, string subject, LimitMeasure measure) =>
        _counts.TryGetValue(new GaugeKey(limit, subject, measure), out var state) ? new WindowCount(CountWindow.Day, state.Uses, Time.GetUtcNow()).Used : 0;

    /// <summary>What it counts that nobody has used, by answers that were lost: what they gave, and what was used above draws and is told twice.</summary>
    public long Lost(string limit, string subject, LimitMeasure measure) => _lost.GetValueOrDefault(new GaugeKey(limit, subject, measure));

    /// <summary>What replicas that are heard of may be using of a limit of parallel requests.</summary>
    public long Held(string limit, string subject) =>
        _holders.GetValueOrDefault((limit, subject))?.Where(holder => Time.GetUtcNow() - holder.HeardAt < SlotDecision.Silence).Sum(holder => holder.Held) ?? 0;

    /// <summary>A call that may not wait.</summary>
    public async Task<LimitOutcome> AcquireAsync(CallLimitReplica replica, IReadOnlyList<RouteLimit> policy, string key, long tokens)
    {
        var call = replica.Calls.AcquireAsync(policy, new LimitFacts(key, "", "team", "model", "lane"), tokens, TestContext.Current.CancellationToken).AsTask();
        while (!call.IsCompleted)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            await Task.WhenAny(call, replica.Counts.WaitAsync(ended.Token).AsTask());
            await ended.CancelAsync();
            Exchange(replica);
        }

        return await call;
    }

    /// <summary>Lets time pass as the gateway does: what is due is exchanged, and once a minute idle counts are dropped.</summary>
    public void Pass(TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= Step)
        {
            Time.Advance(left < Step ? left : Step);
            foreach (var replica in Replicas)
            {
                replica.Counts.Look();
                Exchange(replica);
            }

            if (Time.GetUtcNow() - _droppedAt >= DropInterval)
            {
                _droppedAt = Time.GetUtcNow();
                foreach (var replica in Replicas)
                {
                    replica.Counts.DropIdle();
                }
            }
        }
    }

    public void Dispose() => _metering.Dispose();

    private void Exchange(CallLimitReplica replica)
    {
        var due = replica.Counts.TakeDue(500);
        Assert.Equal(due.Count, due.DistinctBy(gauge => gauge.Key).Count());
        foreach (var gauge in due)
        {
            var (fate, sentAt) = (Fate(), replica.Clock.Now);
            var ask = gauge.BeginAsk(replica.Id);
            var answer = fate == ExchangeFate.Failed ? null : Decide(ask);
            if (fate == ExchangeFate.Done)
            {
                replica.Clock.Observe(Time.GetUtcNow(), sentAt);
                gauge.EndAsk(answer!, sentAt);
            }
            else
            {
                Lose(ask, answer?.Count);
                gauge.FailAsk(isUnknown: fate == ExchangeFate.AnswerLost);
            }
        }
    }

    private void Lose(LimitAsk ask, CountAnswer? answer)
    {
        if (answer is not null)
        {
            _lost[ask.Key] = _lost.GetValueOrDefault(ask.Key) + answer.Granted + Math.Max(0, ask.Count!.Deltas.Sum(delta => delta.Amount));
        }
    }

    private LimitAnswer Decide(LimitAsk ask)
    {
        if (ask.Slots is { } slots)
        {
            var holders = _holders.GetValueOrDefault((ask.Key.Limit, ask.Key.Subject)) ?? [];
            var (holder, allowed) = SlotDecision.Decide(holders, slots, Time.GetUtcNow());
            _holders[(ask.Key.Limit, ask.Key.Subject)] = [.. holders.Where(other => other.Replica != holder.Replica), holder];
            return new LimitAnswer(null, allowed);
        }

        (_counts[ask.Key], var answer) = CountDecision.Decide(_counts.GetValueOrDefault(ask.Key) ?? CountState.Empty, ask.Count!, Time.GetUtcNow());
        return new LimitAnswer(answer, null);
    }
}

internal sealed class CallLimitReplica
{
    public CallLimitReplica(TimeProvider time, IMeterFactory meters)
    {
        Clock = new LimitClock(time);
        Counts = new LimitCounts(Clock);
        Calls = new CallLimits(Counts, Clock, new LimitMetrics(meters));
    }

    public Guid Id { get; } = Guid.CreateVersion7();

    public LimitClock Clock { get; }

    public LimitCounts Counts { get; }

    public CallLimits Calls { get; }
}
