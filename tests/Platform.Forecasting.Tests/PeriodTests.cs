namespace Platform.Forecasting.Tests;

public sealed class PeriodTests
{
    [Fact]
    public void A_steady_week_comes_to_what_arithmetic_says()
    {
        double[] week = [10, 12, 14, 12, 10, 2, 1];
        double[] history = [.. Enumerable.Range(0, 63).Select(t => week[t % 7])];

        Assert.All([1, 7, 21, 27, 28], left => Assert.Equal(Enumerable.Range(0, left).Sum(day => week[day % 7]), Rest(history, left).P50, 1.0));
    }

    [Fact]
    public void The_rules_set_the_level_and_the_models_the_shape()
    {
        var history = Synthetic.Team(7, 120);
        SeriesOutlook Of(int left) => ForecastEngine.Outlook(history, new SeriesForecastOptions(28, 28) { IsQuick = true, PeriodLeft = left });
        var (models, rules) = (Of(0), Of(10));
        double[] ratios = [.. Enumerable.Range(0, 28).Select(step => rules.Centre(step) / models.Centre(step))];

        Assert.All(ratios[..10], ratio => Assert.Equal(ratios[0], ratio, 1e-9));
        Assert.All(ratios[10..], ratio => Assert.Equal(ratios[10], ratio, 1e-9));
        Assert.NotEqual(1, ratios[0], 1e-6);
    }

    [Fact]
    public void Spend_that_comes_now_and_then_keeps_its_band_where_the_rules_expect_next_to_nothing()
    {
        var random = new Random(5);
        double[] history = [.. Enumerable.Range(0, 120).Select(_ => random.NextDouble() < 0.1 ? 50 + 50 * random.NextDouble() : 0)];
        var band = Rest(history, 20);

        Assert.True(band.P10 >= 0);
        Assert.InRange(band.P90, 75, 1_000);
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
                ours[i].Add(Math.Abs((spent + Rest(series[..(56 + elapsed)], 28 - elapsed).P50) / actual - 1));
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

    /// <summary>What is left of a period, as the service forecasts it.</summary>
    private static Sampling.Band Rest(double[] history, int left) =>
        ForecastEngine.Forecast(history, new SeriesForecastOptions(28, 28) { IsQuick = true, PeriodLeft = left }).Paths.Total(0, left);

    private static double Middle(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
