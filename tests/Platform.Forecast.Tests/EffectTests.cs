using Platform.Forecast.Controls;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

public sealed class EffectTests(ITestOutputHelper output)
{
    private static SegmentSeries Changed(int seed, double factor) => Segment("team_a", "batch", seed, 180) is var series
        ? series with { Days = [.. series.Days.Select((day, i) => i < 150 ? day : day with { CostNanos = (long)(day.CostNanos * factor) })] }
        : throw new InvalidOperationException();

    private static DateOnly First(SegmentSeries series) => series.FirstDay.AddDays(150);

    [Fact]
    public void A_change_that_cuts_spend_by_a_third_is_seen_with_about_its_size()
    {
        // The cut is a third; a team's own ups and downs are in the difference too.
        var effects = Enumerable.Range(0, 20).Select(seed => Changed(seed, 2 / 3.0)).Select(series => EffectViews.Make(series, First(series), 28)).ToArray();
        var middle = effects.Select(effect => effect.Share.Middle).Order().ElementAt(10);

        output.WriteLine($"{effects.Count(effect => effect.Visible)} of 20 seen, median {middle:P1}");
        Assert.InRange(middle, -0.42, -0.24);
        Assert.InRange(effects.Count(effect => effect.Visible), 15, 20);
        Assert.All(effects, effect => Assert.Equal((28, 150), (effect.Days, effect.DaysBefore)));
        Assert.Contains(effects, effect => effect.Sentence.Contains("lower than its past made likely", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_nothing_was_changed_there_is_mostly_no_visible_effect()
    {
        var effects = Enumerable.Range(0, 40).Select(seed => Changed(seed, 1)).Select(series => EffectViews.Make(series, First(series), 28)).ToArray();

        output.WriteLine($"{effects.Count(effect => effect.Visible)} of 40 seen");
        Assert.InRange(effects.Count(effect => effect.Visible), 0, 10);
        Assert.Contains(effects, effect => effect.Sentence.Contains("no visible effect", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_the_days_that_are_over_are_judged()
    {
        var series = Changed(1, 1);

        Assert.Equal(5, EffectViews.Make(series, series.Today.AddDays(-5), 28).Days);
    }
}
