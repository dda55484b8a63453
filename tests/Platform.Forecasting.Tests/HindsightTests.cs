namespace Platform.Forecasting.Tests;

/// <summary>What the backtest may know: no value that came later, and no value that was never observed.</summary>
public sealed class HindsightTests
{
    private static readonly SeriesForecastOptions Month = new(28, 14);

    [Theory]
    [InlineData("burst")]
    [InlineData("gap")]
    [InlineData("dip")]
    public void What_comes_after_an_origin_moves_neither_its_forecasts_nor_its_errors(string oddity)
    {
        // What is odd just before an origin is told to be so only by what follows: a burst that goes on is a new level, and a gap is filled from the week after.
        const int Origin = 76;
        var usual = Synthetic.Team(3, 90);
        if (oddity == "gap")
        {
            usual[Origin - 2] = double.NaN;
        }
        else
        {
            usual[Origin - 1] *= oddity == "burst" ? 6 : 0;
        }

        // The rest in another order: as much in all, so that the unit is the same, and on other days.
        double[] other = [.. usual[..Origin], .. usual[Origin..].Reverse()];
        var (first, second) = (ForecastEngine.Tried(usual, Month).Backtest, ForecastEngine.Tried(other, Month).Backtest);

        Assert.Equal(first.Plan.Origins, second.Plan.Origins);
        Assert.Equal(Origin, first.Plan.Origins[^1]);
        Assert.True(first.Names.Length > 20);
        for (var model = 0; model < first.Names.Length; model++)
        {
            for (var origin = 0; origin < first.Plan.Origins.Count; origin++)
            {
                Assert.Equal(first.Forecasts[model][origin], second.Forecasts[model][origin], (a, b) => Math.Abs(a - b) < 1e-9);
                if (first.Plan.Origins[origin] + first.Plan.Horizon <= Origin)
                {
                    Assert.Equal(first.Error(model, origin), second.Error(model, origin), 1e-9);
                }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_outlier_right_before_an_origin_may_be_a_new_level_there_where_the_history_ends_with_what_may_be_one(bool endsOdd)
    {
        var random = new Random(2);
        double[] history = [.. Enumerable.Range(0, 90).Select(day => 100.0 + day % 7 + Synthetic.Normal(random))];
        history[60] = 2000;
        history[^1] = endsOdd ? 2000 : history[^1];
        var (prepared, backtest) = ForecastEngine.Tried(history, Month);

        var before = endsOdd ? 2000 : 104;
        Assert.Equal(104, prepared.Values[60] * prepared.Unit, 3.0);
        Assert.Equal(before, prepared.KnownAt(61)[60] * prepared.Unit, 3.0);
        Assert.Equal(before, prepared.KnownAt(62)[60] * prepared.Unit, 3.0);
        Assert.Equal(104, prepared.KnownAt(63)[60] * prepared.Unit, 3.0);

        // Forecasts that had to do with it are held against what came.
        var origin = backtest.Plan.Origins.Index().First(entry => entry.Item <= 60 && entry.Item + backtest.Plan.Horizon > 60);
        Assert.Equal(2000, backtest.Actuals[origin.Index][60 - origin.Item] * prepared.Unit, 1e-9);
    }

    [Fact]
    public void Steps_that_were_never_observed_are_not_judged()
    {
        // Every second day is missing: filled from their neighbours they would be hit by any forecast, and bands be too narrow.
        var (whole, half) = (0.0, 0.0);
        for (var seed = 0; seed < 6; seed++)
        {
            var random = new Random(seed);
            double[] days = [.. Enumerable.Range(0, 120).Select(day => (day % 7 < 5 ? 100 : 50) * (1 + 0.2 * Synthetic.Normal(random)))];
            whole += Width(days);
            half += Width([.. days.Select((value, day) => day % 2 == 1 ? double.NaN : value)]);
        }

        Assert.InRange(half / whole, 0.95, 1.3);

        static double Width(double[] history)
        {
            var paths = ForecastEngine.Forecast(history, new(28, 28)).Paths;
            return Enumerable.Range(0, 28).Sum(step => paths.Step(step).P90 - paths.Step(step).P10);
        }
    }

    [Fact]
    public void A_history_that_was_hardly_observed_is_forecast_from_what_was()
    {
        double[] history = [.. Enumerable.Range(0, 60).Select(day => day is 50 or 55 ? 40.0 : double.NaN)];

        Assert.Equal(28 * 40, ForecastEngine.Forecast(history, Month).Paths.Total(0, 28).P50, 28.0);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    public void A_rare_burst_stays_possible_and_moves_neither_the_middle_nor_the_usual_day(int day)
    {
        // Once in 120 days thirty days' spend on one, before the days that are judged or among them: about one future of five has such a day in four weeks.
        var random = new Random(1);
        double[] calm = [.. Enumerable.Range(0, 120).Select(t => (t % 7 < 5 ? 100 : 50) * (1 + 0.1 * Synthetic.Normal(random)))];
        double[] burst = [.. calm];
        burst[day] = 3000;
        var (plain, rare) = (ForecastEngine.Forecast(calm, new(28, 28)).Paths, ForecastEngine.Forecast(burst, new(28, 28)).Paths);
        int Rich(Sampling.SamplePaths paths) => Enumerable.Range(0, paths.Count).Count(path => paths.Sum(path, 0, 28) > 1.3 * plain.Total(0, 28).P50);

        Assert.Equal(0, Rich(plain));
        Assert.InRange(Rich(rare) / 1000.0, 0.05, 0.5);
        Assert.Equal(1, rare.Total(0, 28).P50 / plain.Total(0, 28).P50, 0.1);
        Assert.Equal(1, rare.Step(3).P50 / plain.Step(3).P50, 0.1);
    }
}
