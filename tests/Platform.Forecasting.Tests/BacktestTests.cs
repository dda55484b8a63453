using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Combining;
using Platform.Forecasting.Models;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Tests;

public sealed class BacktestTests
{
    [Theory]
    [InlineData(1, 7, 1, 0, 0)]
    [InlineData(3, 7, 1, 1, 1)]
    [InlineData(14, 28, 7, 3, 4)]
    [InlineData(19, 28, 7, 5, 6)]
    [InlineData(20, 28, 7, 3, 4)]
    [InlineData(27, 28, 7, 6, 8)]
    [InlineData(29, 12, 12, 7, 9)]
    [InlineData(30, 12, 12, 3, 4)]
    [InlineData(28, 28, 7, 7, 8)]
    [InlineData(90, 28, 7, 22, 10)]
    [InlineData(400, 7, 7, 7, 10)]
    [InlineData(960, 48, 24, 48, 10)]
    public void Plan_keeps_half_to_fit_on_and_ends_at_the_last_whole_forecast(int length, int wanted, int season, int horizon, int origins)
    {
        var plan = BacktestPlan.For(length, wanted, season);

        Assert.Equal((horizon, origins), (plan.Horizon, plan.Origins.Count));
        Assert.Equal(plan.Origins.Order().Distinct(), plan.Origins);
        Assert.All(plan.Origins, origin => Assert.True(origin >= (length >= 2 * season + 6 ? Math.Max(2 * season, length / 2) : length / 2) && origin + horizon <= length));
        Assert.True(origins == 0 || plan.Origins[^1] == length - horizon);
    }

    [Fact]
    public void Origins_stand_at_the_same_hour_as_the_end_does() =>
        Assert.All(BacktestPlan.For(970, 24, 24).Origins, origin => Assert.Equal(970 % 24, origin % 24));

    [Fact]
    public void Nothing_after_an_origin_reaches_its_forecast()
    {
        var history = Synthetic.Team(21, 60);
        double[] changed = [.. history[..50], .. history[50..].Select(value => value * 5)];
        var plan = new BacktestPlan([36, 43], 7);
        var models = ModelPool.For(history.AsSpan(0, 36), history.AsSpan(0, 36), [7]);
        var (first, second) = (Run(models, history, plan, 7), Run(models, changed, plan, 7));

        Assert.True(models.Count > 20);
        Assert.Equal(first.Forecasts, second.Forecasts);
        Assert.NotEqual(first.Final, second.Final);
    }

    [Fact]
    public void Score_is_what_hand_arithmetic_says()
    {
        // A step from 10 to 20 on day 14. Known to day 13 or 14, totals of five days are forecast as 50; 90 and 100 come.
        double[] history = [.. Enumerable.Repeat(10.0, 14), .. Enumerable.Repeat(20.0, 8)];
        var backtest = Run([new Naive()], history, new BacktestPlan([13, 14], 5), 5);
        var scores = Scoring.Of(Choice.Of(backtest), backtest);

        Assert.Equal(2, scores.Count);
        Assert.Equal(90 / 190.0, scores[1].Wape, 1e-12);
        Assert.Equal(2, scores[1].Origins);
    }

    [Fact]
    public void A_rule_that_trusts_the_backtest_weighs_the_better_model_more()
    {
        double[] errors = [1, 2];

        Assert.Equal([0.5, 0.5], Rule.Median.Weights(errors));
        Assert.Equal([2 / 3.0, 1 / 3.0], new Rule(1).Weights(errors), (a, b) => Math.Abs(a - b) < 1e-8);
        Assert.Equal([16 / 17.0, 1 / 17.0], new Rule(4).Weights(errors), (a, b) => Math.Abs(a - b) < 1e-8);
        Assert.Equal([5.0], Rule.Median.Combine([[1], [9], [5]], [1 / 3.0, 1 / 3.0, 1 / 3.0]));
        Assert.Equal([4.0], new Rule(1).Combine([[1], [5]], [0.25, 0.75]));
    }

    [Fact]
    public void The_rule_is_chosen_by_forecasts_that_it_has_not_learnt_from()
    {
        // A straight line: drift is right and all others are not, so that sharp weights win at every origin by the weights learnt at the others.
        double[] line = [.. Enumerable.Range(0, 80).Select(t => 100.0 + 3 * t)];
        var backtest = Run([new Naive(), new RunRate(7), new RunRate(30), new Drift()], line, new BacktestPlan([40, 50, 60, 70], 10), 10);
        var choice = Choice.Of(backtest);

        Assert.True(choice.Rule.Power > 1);
        Assert.Equal(1, choice.Weights[3], 1e-9);
        Assert.Equal(100 + 3 * 89, choice.Final[9], 1e-6);
    }

    [Fact]
    public void Quantiles_lie_between_order_statistics() =>
        Assert.Equal(new Band(1.4, 3, 4.6), Band.Of([1, 2, 3, 4, 5]));

    /// <summary>Of a history in which nothing is missing and nothing is treated.</summary>
    private static Backtest Run(IReadOnlyList<IForecastModel> models, double[] history, BacktestPlan plan, int horizon) =>
        Backtest.Run(models, history, origin => history[..origin], history, plan, horizon);
}
