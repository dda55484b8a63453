using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.ScenarioCase;

namespace Platform.Forecast.Tests;

/// <summary>Scenarios that limit how much is let through.</summary>
public sealed class ScenarioLimitTests(ITestOutputHelper output)
{
    [Fact]
    public void A_limit_is_held_against_the_days_that_are_known_and_what_was_imported_comes_as_they_do()
    {
        var all = (Case with { Loads = Steady(150) }).Answer("limit requests=12");
        var young = (Case with { Loads = [.. Steady(150).Where(load => load.Day >= 21)] }).Answer("limit requests=12");
        var imported = (Case with { Loads = [.. Steady(150).Select(load => load.Day >= 21 ? load : new QuarterLoad(load.Day, 0, 0, 0, load.CostNanos))] }).Answer("limit requests=12");

        // Half of each quarter's calls came by import, on the same days: they came as the other half did, so that there were as many.
        List<QuarterLoad> beside = [.. Steady(75).Select(load => load with { ImportedNanos = load.CostNanos })];

        // What was imported of earlier days was half as much a day: the quarters that are known are as full as they are.
        List<QuarterLoad> fewer = [.. Steady(150).Select(load => load.Day >= 21 ? load : new QuarterLoad(load.Day, 0, 0, 0, load.CostNanos / 2))];
        double Held(ScenarioAnswer answer) => answer.Periods.Single(period => period.Kind == PeriodKind.NextMonth).Differences.Sum(layer => (double)layer.ExpectedNanos);

        Assert.True(Held(all) < 0);
        Assert.Equal(1, Held(young) / Held(all), 0.1);
        Assert.Equal(1, Held(imported) / Held(all), 0.1);

        // Between the levels of demand that shares are worked out for they are read off a line, which is not as exact.
        var tight = (Case with { Loads = Steady(150) }).Answer("limit requests=3");
        Assert.Equal(1, Held((Case with { Loads = beside }).Answer("limit requests=3")) / Held(tight), 0.1);
        Assert.Equal(1, Held((Case with { Loads = fewer }).Answer("limit requests=3")) / Held(tight), 0.1);
        Assert.Equal(0.7, (Case with { Loads = beside }).Make("limit requests=3").Inputs.Limits[0].Today, 0.01);
        Assert.DoesNotContain(all.Changes[0].RestsOn, sentence => sentence.Contains("imported", StringComparison.Ordinal) || sentence.Contains("few", StringComparison.Ordinal));
        Assert.Contains("They are of 7 days alone, which are few.", young.Changes[0].RestsOn);
        Assert.Contains("75 % of what was spent in them was imported by the day, and is in no quarter of an hour: it is taken to come as the rest does.", imported.Changes[0].RestsOn);
    }

    [Fact]
    public void A_limit_holds_back_what_is_above_it_and_more_as_demand_grows()
    {
        // Ten calls a minute, of a cent each: the limit's shares are those of history, and a path that has more demand has more above the limit.
        var half = (Case with { Loads = Steady(150) }).Make("limit requests=5");
        output.WriteLine($"{half.Inputs.Limits[0].Today}");

        Assert.InRange(half.Inputs.Limits[0].Today, 0.5, 0.53);
        Assert.InRange((Case with { Loads = Steady(150) }).Make("limit tokens=5000").Inputs.Limits[0].Today, 0.5, 0.53);
        Assert.InRange((Case with { Loads = Steady(150) }).Make("limit requests=20").Inputs.Limits[0].Today, 0.0001, 0.01);
        Assert.Equal(0, (Case with { Loads = [] }).Make("limit requests=1").Differences.ExpectedCost.Sum());
        var effect = LimitEffect.Of(new("", "", 5, null), Steady(150), (path, _) => path < 500 ? 144_000_000_000 : 576_000_000_000, [.. Enumerable.Repeat(1.0, HorizonCalendar.Pieces)]);
        Assert.InRange(effect.Held(0, 3), 0.5, 0.53);
        Assert.InRange(effect.Held(999, 3), 0.874, 0.876);
    }

    [Fact]
    public void Limits_of_one_scope_hold_back_as_the_smaller_of_them_and_never_twice()
    {
        var steady = Case with { Loads = Steady(150) };
        long[] Of(params string[] lines) => steady.Make(lines).Differences.ExpectedCost;

        // What a limit leaves is not above it, and not above a larger one.
        Assert.Equal(Of("limit requests=5"), Of("limit requests=5", "limit requests=5"));
        Assert.Equal(Of("limit requests=5"), Of("limit requests=5", "limit requests=8"));

        // Each part is rounded by itself.
        Near(Of("limit requests=5"), Of("limit requests=8", "limit requests=5"));
        Near(Of("limit requests=5 tokens=4000"), Of("limit requests=5", "limit tokens=4000"));
        Near(Of("price provider=openai change=+50%", "limit requests=5"), Of("limit requests=5", "price provider=openai change=+50%", "limit requests=5"));

        // A team's and the organisation's are two limits.
        var both = steady.Answer("limit team=team_a requests=5", "limit requests=5");
        Assert.True(Of("limit team=team_a requests=5", "limit requests=5").Sum() < Of("limit requests=5").Sum());
        Assert.All(both.Changes, change => Assert.Contains(change.CannotKnow, sentence => sentence.StartsWith("How far a team's limit and the one over all", StringComparison.Ordinal)));
        Assert.DoesNotContain(steady.Answer("limit requests=5").Changes[0].CannotKnow, sentence => sentence.StartsWith("How far", StringComparison.Ordinal));

        static void Near(long[] expected, long[] actual) => Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second - pair.First, -100, 100));
    }

    [Theory]
    [InlineData(10.0, 5.0)]
    [InlineData(10.0, 10.0)]
    [InlineData(0.3, 2.0)]
    [InlineData(7.7, 9.5)]
    [InlineData(399.0, 410.0)]
    [InlineData(900.0, 880.0)]
    public void What_is_above_a_capacity_is_the_sum_over_all_counts(double mean, double capacity)
    {
        var (sum, logarithm) = (0.0, -mean);
        for (var n = 0; n < 3000; n++)
        {
            sum += Math.Max(0, n - capacity) * Math.Exp(logarithm);
            logarithm += Math.Log(mean / (n + 1));
        }

        Assert.Equal(sum, LimitEffect.Excess(mean, capacity), mean * 1e-3);
    }
}
