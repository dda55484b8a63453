using Platform.Forecasting.Periods;

namespace Platform.Forecasting.Tests;

public sealed class PeriodTests
{
    private static readonly SeriesForecastOptions Days = new(1, 1);

    [Fact]
    public void A_steady_week_comes_to_what_arithmetic_says()
    {
        double[] week = [10, 12, 14, 12, 10, 2, 1];
        double[] history = [.. Enumerable.Range(0, 63).Select(t => week[t % 7])];

        Assert.All([0, 1, 7, 20, 27], elapsed => Assert.Equal(4 * 61, PeriodTotal.Project(history, elapsed, 28, Days).Total.P50, elapsed is 0 or 1 or 20 or 27 ? 25.0 : 1e-6));
    }

    [Fact]
    public void What_was_spent_is_the_least_that_a_period_comes_to()
    {
        var history = Synthetic.Team(40, 80);
        history[79] *= 50;
        var total = PeriodTotal.Project(history, 5, 28, Days).Total;

        Assert.True(total.P10 >= history[75..].Sum());
        Assert.True(total.P10 <= total.P50 && total.P50 <= total.P90);
    }

    [Fact]
    public void Totals_are_nearer_than_the_line_and_than_the_weekday_median_early_and_late()
    {
        var (ours, line, median) = (new List<double>[2], new List<double>[2], new List<double>[2]);
        for (var i = 0; i < 2; i++)
        {
            var elapsed = i == 0 ? 3 : 21;
            (ours[i], line[i], median[i]) = ([], [], []);
            for (var seed = 0; seed < 60; seed++)
            {
                var series = Synthetic.Team(seed, 84);
                var (actual, spent) = (series[56..].Sum(), series[56..(56 + elapsed)].Sum());
                ours[i].Add(Math.Abs(PeriodTotal.Project(series.AsSpan(0, 56 + elapsed), elapsed, 28, Days with { Paths = 10 }).Total.P50 / actual - 1));
                line[i].Add(Math.Abs(spent / elapsed * 28 / actual - 1));
                median[i].Add(Math.Abs((spent + Enumerable.Range(56 + elapsed, 28 - elapsed).Sum(day => Middle(
                    [.. Enumerable.Range(1, 7).Select(week => day - 7 * week).Where(at => at < 56 + elapsed).Take(4).Select(at => series[at])]))) / actual - 1));
            }
        }

        Assert.All([0, 1], i =>
        {
            Assert.True(Middle(ours[i]) < Middle(line[i]));
            Assert.True(Middle(ours[i]) < Middle(median[i]));
        });
    }

    [Fact]
    public void A_period_that_is_over_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PeriodTotal.Project([1, 2, 3], 3, 3, Days));

    private static double Middle(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
