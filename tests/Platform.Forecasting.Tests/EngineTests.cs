using CsCheck;

namespace Platform.Forecasting.Tests;

public sealed class EngineTests(ITestOutputHelper output)
{
    private static readonly SeriesForecastOptions Month = new(Horizon: 28, BacktestHorizon: 28);

    private static readonly Gen<double[]> Spend = Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[14, 120], Gen.Double[0.01, 1e12], Gen.Double[0, 0.5]).Select(
        (seed, days, unit, idle) =>
        {
            var random = new Random(seed);
            return Synthetic.Team(seed, days).Select(value => random.NextDouble() < idle ? 0 : value * unit).ToArray();
        });

    [Fact]
    public void Bands_of_totals_hold_about_four_in_five_of_what_came()
    {
        var (inside, totals) = (0, 0);
        for (var seed = 0; seed < 130; seed++)
        {
            foreach (var (known, horizon) in new[] { (60, 14), (90, 28) })
            {
                var series = Synthetic.Team(seed, known + horizon);
                var band = ForecastEngine.Forecast(series.AsSpan(0, known), new SeriesForecastOptions(horizon, horizon)).Paths.Total(0, horizon);
                var actual = series[known..].Sum();
                totals++;
                inside += actual >= band.P10 && actual <= band.P90 ? 1 : 0;
            }
        }

        output.WriteLine($"{inside} of {totals} inside");
        Assert.InRange(inside / (double)totals, 0.70, 0.90);
    }

    [Fact]
    public void No_figure_is_negative_and_quantiles_are_in_order() => Spend.Sample(
        history =>
        {
            var paths = ForecastEngine.Forecast(history, Month).Paths;
            for (var step = 0; step < paths.Horizon; step++)
            {
                AssertBand(paths.Step(step));
                AssertBand(paths.Total(0, step + 1));
            }
        },
        iter: 60);

    [Fact]
    public void The_same_history_gives_the_same_paths() => Spend.Sample(
        history =>
        {
            var (first, second) = (ForecastEngine.Forecast(history, Month), ForecastEngine.Forecast(history, Month));
            Assert.Equal(first.Model, second.Model);
            Assert.Equal(first.Scores, second.Scores);
            for (var path = 0; path < first.Paths.Count; path++)
            {
                Assert.True(first.Paths.Path(path).SequenceEqual(second.Paths.Path(path)));
            }
        },
        iter: 20);

    [Fact]
    public void Another_seed_gives_other_paths()
    {
        var history = Synthetic.Team(3, 90);
        var (first, second) = (ForecastEngine.Forecast(history, Month), ForecastEngine.Forecast(history, Month with { Seed = 1 }));

        Assert.NotEqual(first.Paths.Total(0, 28), second.Paths.Total(0, 28));
    }

    [Fact]
    public void Another_unit_of_money_changes_nothing_but_the_unit()
    {
        // A power of two changes no digit of a double, so the figures must agree to the last one.
        var history = Synthetic.Team(4, 90);
        var (dollars, other) = (ForecastEngine.Forecast(history, Month), ForecastEngine.Forecast([.. history.Select(value => value * 1024)], Month));

        Assert.Equal(dollars.Model, other.Model);
        Assert.Equal(dollars.Scores, other.Scores);
        Assert.Equal(dollars.Paths.Total(0, 28).P90 * 1024, other.Paths.Total(0, 28).P90);
        var nanos = ForecastEngine.Forecast([.. history.Select(value => value * 1e9)], Month);
        Assert.Equal(1, nanos.Paths.Total(0, 28).P50 / 1e9 / dollars.Paths.Total(0, 28).P50, 1e-6);
    }

    [Fact]
    public void A_totals_band_is_not_the_sum_of_its_days_bands()
    {
        var paths = ForecastEngine.Forecast(Synthetic.Team(5, 90), Month).Paths;
        var days = Enumerable.Range(0, 28).Select(paths.Step).ToArray();
        var total = paths.Total(0, 28);

        // Good and bad days offset each other in part, so that the total is known better than its days are.
        Assert.True(total.P90 - total.P10 < 0.95 * days.Sum(day => day.P90 - day.P10));
        Assert.True(total.P90 - total.P10 > 0);
    }

    [Fact]
    public void Spend_that_grows_goes_on_growing()
    {
        var random = new Random(12);
        var history = Enumerable.Range(0, 120).Select(t => 100 + 3.0 * t + 10 * Synthetic.Normal(random)).ToArray();
        var forecast = ForecastEngine.Forecast(history, Month);

        Assert.Equal(forecast.Model, forecast.Scores[0].Model);
        Assert.Equal(28 * (100 + 3.0 * 133.5), forecast.Paths.Total(0, 28).P50, 28 * 15.0);
    }

    [Fact]
    public void Models_are_scored_best_first_after_the_choice()
    {
        var scores = ForecastEngine.Forecast(Synthetic.Team(6, 120), Month).Scores;

        Assert.True(scores.Count > 20);
        Assert.Equal(scores.Skip(1).Select(score => score.Wape).Order(), scores.Skip(1).Select(score => score.Wape));
    }

    [Fact]
    public void The_answer_is_the_same_on_one_thread_and_on_many()
    {
        var histories = Enumerable.Range(0, 8).Select(seed => Synthetic.Team(seed, 80)).ToArray();
        var alone = histories.Select(history => ForecastEngine.Forecast(history, Month).Paths.Total(0, 28)).ToArray();
        var together = new Sampling.Band[histories.Length];
        Parallel.For(0, histories.Length, i => together[i] = ForecastEngine.Forecast(histories[i], Month).Paths.Total(0, 28));

        Assert.Equal(alone, together);
    }

    [Fact]
    public void Sums_of_paths_are_coherent_with_their_parts()
    {
        var parts = Enumerable.Range(0, 3).Select(seed => ForecastEngine.Forecast(Synthetic.Team(seed, 60), Month).Paths).ToArray();
        var sum = Sampling.SamplePaths.Add(parts);

        for (var step = 0; step < 28; step++)
        {
            Assert.Equal(parts.Sum(part => part.Mean(step)), sum.Mean(step), 1e-9);
        }

        Assert.Equal(parts.Sum(part => part.Sum(17, 0, 28)), sum.Sum(17, 0, 28), 1e-9);
        Assert.Throws<ArgumentException>(() => Sampling.SamplePaths.Add([parts[0], ForecastEngine.Forecast(new double[20], new(7, 7)).Paths]));
    }

    [Fact]
    public void Days_without_any_spend_forecast_none()
    {
        var forecast = ForecastEngine.Forecast(new double[30], Month);

        Assert.Equal(0, forecast.Paths.Total(0, 28).P90);
        Assert.All(forecast.Scores, score => Assert.Equal(0, score.Wape));
    }

    [Fact]
    public void A_constant_series_goes_on_as_it_is()
    {
        var band = ForecastEngine.Forecast(Enumerable.Repeat(40.0, 45).ToArray(), Month).Paths.Total(0, 28);

        Assert.Equal(40 * 28, band.P10, 1e-6);
        Assert.Equal(40 * 28, band.P90, 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_few_observations_are_forecast_with_a_wide_band_and_a_warning(int count)
    {
        var forecast = ForecastEngine.Forecast(Enumerable.Repeat(50.0, count).ToArray(), Month);
        var band = forecast.Paths.Total(0, 28);

        Assert.Equal(28 * 50, band.P50, 28 * 5.0);
        Assert.True(band.P90 > 1.05 * band.P50);
        Assert.Contains(forecast.Findings, finding => finding.Kind == Preparation.FindingKind.ShortHistory);
    }

    [Theory]
    [InlineData(1e-290)]
    [InlineData(1e-9)]
    [InlineData(1e9)]
    [InlineData(1e290)]
    public void Tiny_and_huge_values_are_forecast_alike(double unit)
    {
        var history = Synthetic.Team(9, 70);
        var (plain, other) = (ForecastEngine.Forecast(history, Month), ForecastEngine.Forecast([.. history.Select(value => value * unit)], Month));

        Assert.Equal(1, other.Paths.Total(0, 28).P90 / unit / plain.Paths.Total(0, 28).P90, 1e-6);
    }

    [Fact]
    public void What_cannot_be_forecast_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ForecastEngine.Forecast([], Month));
        Assert.Throws<ArgumentOutOfRangeException>(() => ForecastEngine.Forecast([1, 2, 3], Month with { Paths = 0 }));
        Assert.Throws<ArgumentException>(() => ForecastEngine.Forecast([1, 2, double.PositiveInfinity], Month));
        Assert.Throws<ArgumentException>(() => ForecastEngine.Forecast([double.NaN, double.NaN], Month));
    }

    private static void AssertBand(Sampling.Band band)
    {
        Assert.True(band.P10 >= 0);
        Assert.True(band.P10 <= band.P50);
        Assert.True(band.P50 <= band.P90);
        Assert.True(double.IsFinite(band.P90));
    }
}
