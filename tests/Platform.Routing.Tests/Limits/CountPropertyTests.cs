using CsCheck;
using Platform.Routing.Limits;

namespace Platform.Routing.Tests.Limits;

/// <summary>What limits of requests and tokens must never do, and always, whatever comes when and whichever replica dies.</summary>
public sealed class CountPropertyTests(ITestOutputHelper output)
{
    private static readonly Gen<ExchangeFate> Fate = Gen.Frequency((20, Gen.Const(ExchangeFate.Done)), (1, Gen.Const(ExchangeFate.Failed)), (1, Gen.Const(ExchangeFate.AnswerLost)));

    /// <summary>A pause, and then a call: where, how large, what it really uses in percent of it, when that is known, how an exchange ends.</summary>
    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency((6, Gen.Int[0, 200]), (2, Gen.Int[200, 5_000]), (1, Gen.Int[5_000, 70_000])), Gen.Int[0, 2], Gen.Int[1, 40], Gen.Int[0, 100], Gen.Int[0, 20_000], Fate,
        Gen.Frequency((60, Gen.Const(false)), (1, Gen.Const(true))), (pause, replica, amount, used, settle, fate, kill) => new Step(pause, replica, amount, used, settle, fate, kill));

    [Theory]
    [InlineData(nameof(LimitMeasure.RequestsPerMinute))]
    [InlineData(nameof(LimitMeasure.TokensPerMinute))]
    [InlineData(nameof(LimitMeasure.RequestsPerDay))]
    [InlineData(nameof(LimitMeasure.TokensPerDay))]
    public void No_window_ever_has_more_than_the_limit(string measure) => Gen.Select(Gen.Long[40, 2_000], Steps.Array[1, 400], Gen.Int[-40_000, 40_000]).Sample(
        (limit, steps, ahead) => RunAsync(new GaugeSpec(Enum.Parse<LimitMeasure>(measure), limit, 100, TimeSpan.Zero), steps, TimeSpan.FromMilliseconds(ahead)).GetAwaiter().GetResult(),
        writeLine: output.WriteLine, iter: 300, threads: 1);

    [Fact]
    public void Paced_limit_never_lets_more_come_at_once_than_its_burst_and_a_seconds_flow() => Gen.Select(Gen.Long[40, 2_000], Gen.Int[5, 90], Steps.Array[1, 400]).Sample(
        (limit, percent, steps) =>
        {
            var spec = new GaugeSpec(LimitMeasure.TokensPerMinute, limit, percent, TimeSpan.Zero);
            var uses = RunAsync(spec, [.. steps.Select(step => step with { UsedPercent = 100 })], TimeSpan.Zero).GetAwaiter().GetResult();
            for (var i = 0; i < uses.Count; i++)
            {
                var sum = 0L;
                for (var j = i; j < uses.Count; j++)
                {
                    sum += uses[j].Used;
                    var flow = limit / 60.0 * ((uses[j].At - uses[i].At).TotalSeconds + 1);
                    Assert.True(sum <= spec.Burst + flow + 1, $"{sum} within {uses[j].At - uses[i].At} of burst {spec.Burst}, limit {limit}");
                }
            }
        },
        writeLine: output.WriteLine, iter: 300, threads: 1);

    [Theory]
    [InlineData(nameof(LimitMeasure.RequestsPerMinute), 1, 10, 1)]
    [InlineData(nameof(LimitMeasure.RequestsPerMinute), 1, 60, 3)]
    [InlineData(nameof(LimitMeasure.RequestsPerMinute), 1, 600, 3)]
    [InlineData(nameof(LimitMeasure.RequestsPerMinute), 1, 6_000, 5)]
    [InlineData(nameof(LimitMeasure.TokensPerMinute), 7, 600, 3)]
    [InlineData(nameof(LimitMeasure.TokensPerMinute), 7, 6_000, 3)]
    public async Task Flood_on_all_replicas_is_let_through_up_to_the_limit_each_minute(string measure, int amount, int limit, int replicas)
    {
        var world = new LimitWorld(new GaugeSpec(Enum.Parse<LimitMeasure>(measure), limit, 100, TimeSpan.Zero), replicas);
        var admitted = 0;
        for (var millisecond = 0; millisecond < 180_000; millisecond += 20)
        {
            foreach (var replica in world.Replicas)
            {
                for (var call = 0; call < Math.Max(1, limit / 300); call++)
                {
                    admitted += await world.TryAcquireAsync(replica, amount) is null ? 0 : amount;
                }

                world.ExchangeIfDue(replica);
            }

            world.Time.Advance(TimeSpan.FromMilliseconds(20));
        }

        Assert.InRange(admitted, 3 * limit * 0.95, 3 * limit);
    }

    [Fact]
    public async Task Replicas_that_come_and_go_take_no_more_with_them_than_little_slices()
    {
        const int limit = 1_000;
        var world = new LimitWorld(new GaugeSpec(LimitMeasure.RequestsPerMinute, limit, 100, TimeSpan.Zero), 3);
        var (admitted, round) = (0, 0);
        for (var millisecond = 0; millisecond < 120_000; millisecond += 50)
        {
            if (millisecond % 4_000 == 0)
            {
                world.Replicas[round++ % 3] = world.NewReplica();
            }

            foreach (var replica in world.Replicas)
            {
                admitted += await world.TryAcquireAsync(replica, 1) is null ? 0 : 1;
                world.ExchangeIfDue(replica);
            }

            world.Time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.InRange(admitted, 2 * limit * 0.95, 2 * limit);
    }

    /// <summary>Checks at each admission that what was used within the window, as far as it is known, is not above the limit.</summary>
    private static async Task<List<Use>> RunAsync(GaugeSpec spec, Step[] steps, TimeSpan databaseAhead)
    {
        var world = new LimitWorld(spec, 3, databaseAhead);
        var uses = new List<Use>();
        var open = new List<(Use Use, LimitPermit Permit, DateTimeOffset SettlesAt, long Actual)>();
        foreach (var step in steps)
        {
            world.Time.Advance(TimeSpan.FromMilliseconds(step.PauseMs));
            foreach (var ended in open.Where(call => call.SettlesAt <= world.DatabaseNow).ToList())
            {
                ended.Permit.Use(ended.Actual);
                ended.Permit.Dispose();
                ended.Use.Used = spec.CountsTokens ? ended.Actual : ended.Use.Used;
                open.Remove(ended);
            }

            if (step.Kill)
            {
                world.Replicas[step.Replica] = world.NewReplica();
            }

            world.Replicas.ForEach(replica => world.ExchangeIfDue(replica, step.Fate));
            var amount = spec.CountsTokens ? Math.Min(step.Amount, spec.Burst) : 1;
            if (await world.TryAcquireAsync(world.Replicas[step.Replica], amount, step.Fate) is { } permit)
            {
                var use = new Use(world.DatabaseNow, amount);
                uses.Add(use);
                open.Add((use, permit, world.DatabaseNow + TimeSpan.FromMilliseconds(step.SettleMs), amount * step.UsedPercent / 100));
                var sum = uses.Where(other => Counts(spec, other.At, use.At)).Sum(other => other.Used);
                Assert.True(sum <= spec.Limit, $"{sum} of {spec.Limit} at {use.At:O}");
            }
        }

        return uses;
    }

    private static bool Counts(GaugeSpec spec, DateTimeOffset use, DateTimeOffset now) =>
        spec.Window == CountWindow.Day ? use.UtcDateTime.Date == now.UtcDateTime.Date : now - use < TimeSpan.FromMinutes(1);

    private sealed record Step(int PauseMs, int Replica, long Amount, int UsedPercent, int SettleMs, ExchangeFate Fate, bool Kill);

    private sealed class Use(DateTimeOffset at, long used)
    {
        public DateTimeOffset At { get; } = at;

        public long Used { get; set; } = used;
    }
}
