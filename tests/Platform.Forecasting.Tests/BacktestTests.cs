using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Models;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Tests;

public sealed class BacktestTests
{
    [Theory]
    [InlineData(14, 28, 3, 4)]
    [InlineData(28, 28, 7, 8)]
    [InlineData(90, 28, 28, 20)]
    [InlineData(400, 7, 7, 20)]
    public void Plan_keeps_enough_to_fit_on_and_ends_at_the_last_whole_total(int length, int wanted, int horizon, int origins)
    {
        var plan = BacktestPlan.For(length, wanted);

        Assert.Equal(horizon, plan.Horizon);
        Assert.Equal(origins, plan.Origins.Count);
        Assert.Equal(length - horizon, plan.Origins[^1]);
        Assert.True(plan.Origins[0] >= Math.Min(length / 2, 28));
        Assert.Equal(plan.Origins.Order().Distinct(), plan.Origins);
    }

    [Fact]
    public void Score_is_what_hand_arithmetic_says()
    {
        // A step from 10 to 20 a day on day 14. Known to day 13 or 14, totals of five days are forecast as 50; 90 and 100 come.
        double[] history = [.. Enumerable.Repeat(10.0, 14), .. Enumerable.Repeat(20.0, 8)];
        var scored = new Backtest(new BacktestPlan([13, 14], 5), 7, 1).Run([new SeasonalNaive(7)], history)[0].Score;

        Assert.Equal(90 / 190.0, scored.Wape, 1e-12);
        Assert.Equal(0, scored.Coverage80);
        Assert.Equal(2, scored.Origins);
    }

    [Fact]
    public void Nothing_after_an_origin_reaches_its_forecast()
    {
        var history = Synthetic.Team(21, 60);
        double[] changed = [.. history[..40], .. history[40..].Select(value => value * 5)];
        var model = new ExponentialSmoothing(7);

        Assert.Equal(model.Fit(history.AsSpan(0, 40)).Predict(14), model.Fit(changed.AsSpan(0, 40)).Predict(14));
    }

    [Fact]
    public void Calibration_widens_bands_that_were_missed_and_narrows_bands_that_were_too_safe()
    {
        var calibration = new BandCalibration(independent: 20);
        var missed = Enumerable.Range(0, 20).Select(_ => new BacktestedTotal(130, 100, 90, 100, 110)).ToArray();
        var safe = Enumerable.Range(0, 20).Select(_ => new BacktestedTotal(101, 100, 60, 100, 140)).ToArray();

        // 20 totals ask for 3 and the prior, weighing 2, for 1.5; then 0.7 at the least and 1.5.
        Assert.Equal((20 * 3 + 2 * 1.5) / 22, calibration.Scale(missed), 1e-12);
        Assert.Equal((20 * 0.7 + 2 * 1.5) / 22, calibration.Scale(safe), 1e-12);
        Assert.Equal(1, calibration.Coverage(safe));
    }

    [Fact]
    public void Seasonal_median_takes_the_middle_of_the_last_same_weekdays()
    {
        double[] history = [100, 0, 0, 0, 0, 0, 0, 10, 1, 1, 1, 1, 1, 1, 12, 2, 2, 2, 2, 2, 2, 90, 3, 3, 3, 3, 3, 3, 11, 4, 4, 4, 4, 4, 4];
        var forecast = new SeasonalMedian(7, 4).Fit(history).Predict(2);

        Assert.Equal([11.5, 2.5], forecast);
    }

    [Fact]
    public void Seasonal_naive_repeats_the_last_week_and_carries_a_shock_into_the_next()
    {
        var fit = new SeasonalNaive(7).Fit([9, 9, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7]);
        var path = new double[8];
        fit.Continue([10, 0, 0, 0, 0, 0, 0, 0], path);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 1], fit.Predict(8));
        Assert.Equal([11, 2, 3, 4, 5, 6, 7, 11], path);
        Assert.Equal(-8, fit.Residuals[7]);
    }

    [Fact]
    public void Combination_is_the_mean_of_its_members()
    {
        var history = Synthetic.Team(22, 42);
        IFittedModel[] members = [new SeasonalNaive(7).Fit(history), new SeasonalMedian(7, 4).Fit(history)];
        var mean = new Combination(members).Predict(10);

        Assert.All(mean.Index(), day => Assert.Equal((members[0].Predict(10)[day.Index] + members[1].Predict(10)[day.Index]) / 2, day.Item, 1e-9));
    }

    [Fact]
    public void Quantiles_lie_between_order_statistics() =>
        Assert.Equal(new Band(1.4, 3, 4.6), Band.Of([1, 2, 3, 4, 5]));
}
