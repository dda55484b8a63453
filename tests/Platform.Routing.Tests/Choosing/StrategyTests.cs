using CsCheck;
using Platform.Routing.Choosing;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Choosing;

/// <summary>Candidates are written as weight/cost/first token in ms/open attempts.</summary>
public sealed class StrategyTests
{
    [Theory]
    [InlineData(nameof(Strategy.Ordered), "0/9/9/9 1/1/1/1", 0)]
    [InlineData(nameof(Strategy.Weighted), "0/9/9/9 1/9/9/9 0/1/1/1", 1)]
    [InlineData(nameof(Strategy.Weighted), "0/9/9/9 0/1/1/1", 0)]
    [InlineData(nameof(Strategy.LowestCost), "1/5/1/1 1/4/9/9 1/4/1/1 1/6/1/1", 1)]
    [InlineData(nameof(Strategy.LowestLatency), "1/1/30/0 1/9/20/9 1/1/40/0", 1)]
    [InlineData(nameof(Strategy.LowestLatency), "1/1/30/0 1/9/0/0 1/1/40/0", 1)]
    [InlineData(nameof(Strategy.LowestLatency), "1/1/30/0 1/9/0/1 1/1/40/0", 0)]
    [InlineData(nameof(Strategy.LeastLoaded), "1/1/1/5 1/1/1/4", 1)]
    [InlineData(nameof(Strategy.LeastLoaded), "1/1/1/4 1/1/1/5", 0)]
    [InlineData(nameof(Strategy.LeastLoaded), "1/1/1/4", 0)]
    public void Strategy_chooses(string strategy, string candidates, int place) =>
        Assert.Equal(place, TargetStrategies.Of(Enum.Parse<Strategy>(strategy)).Pick(Read(candidates), new Random(3)));

    [Fact]
    public void Every_strategy_chooses_one_of_the_candidates() =>
        Gen.Select(Gen.Enum<Strategy>(), Gen.Select(Gen.Int[0, 3], Gen.Long[0, 5], Gen.Double[0, 100], Gen.Int[0, 5]).Array[1, 8], Gen.Int).Sample((strategy, drawn, seed) =>
        {
            var candidates = drawn.Select(one => new Candidate(null!, one.Item1, one.Item2, one.Item3, one.Item4)).ToArray();
            Assert.InRange(TargetStrategies.Of(strategy).Pick(candidates, new Random(seed)), 0, candidates.Length - 1);
        });

    [Fact]
    public void Weighted_keeps_to_its_shares_within_chance()
    {
        var counts = Count(Strategy.Weighted, "70/1/1/1 20/1/1/1 10/1/1/1 0/1/1/1", 100_000);
        Assert.All(counts.Zip([0.7, 0.2, 0.1, 0.0]), pair => Assert.InRange(pair.First / 100_000.0, pair.Second - 0.01, pair.Second + 0.01));
        Assert.Equal(0, counts[3]);
    }

    [Fact]
    public void Lowest_latency_explores_one_call_in_twenty()
    {
        var counts = Count(Strategy.LowestLatency, "1/1/10/0 1/1/99/0", 100_000);
        Assert.InRange(counts[1] / 100_000.0, 0.02, 0.03);
    }

    [Fact]
    public void Least_loaded_spreads_calls_that_do_not_end_almost_evenly()
    {
        var open = new int[10];
        var random = new Random(5);
        for (var i = 0; i < 10_000; i++)
        {
            open[TargetStrategies.Of(Strategy.LeastLoaded).Pick([.. open.Select(count => new Candidate(null!, 1, 0, 0, count))], random)]++;
        }

        Assert.True(open.Max() - open.Min() <= 10, string.Join(' ', open));
    }

    private static int[] Count(Strategy strategy, string candidates, int times)
    {
        var read = Read(candidates);
        var counts = new int[read.Length];
        var random = new Random(7);
        for (var i = 0; i < times; i++)
        {
            counts[TargetStrategies.Of(strategy).Pick(read, random)]++;
        }

        return counts;
    }

    private static Candidate[] Read(string candidates) =>
    [
        .. candidates.Split(' ').Select(one => one.Split('/').Select(int.Parse).ToArray()).Select(one => new Candidate(null!, one[0], one[1], one[2], one[3])),
    ];
}
