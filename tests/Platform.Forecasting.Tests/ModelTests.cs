using Platform.Forecasting.Models;

namespace Platform.Forecasting.Tests;

public sealed class ModelTests
{
    [Fact]
    public void Simple_models_forecast_what_their_names_say()
    {
        double[] history = [1, 2, 3, 4, 5, 6, 14];

        Assert.Equal([14, 14], new Naive().Fit(history).Predict(2));
        Assert.Equal([14 + 13 / 6.0, 14 + 26 / 6.0], new Drift().Fit(history).Predict(2), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([10.0], new RunRate(2).Fit(history).Predict(1));
        Assert.Equal([5.0], new RunRate(int.MaxValue).Fit(history).Predict(1));
        Assert.Equal([5, 6, 14, 5], new SeasonalNaive(3).Fit(history).Predict(4));
    }

    [Fact]
    public void Seasonal_median_takes_the_middle_of_the_last_same_weekdays()
    {
        double[] history = [100, 0, 0, 0, 0, 0, 0, 10, 1, 1, 1, 1, 1, 1, 12, 2, 2, 2, 2, 2, 2, 90, 3, 3, 3, 3, 3, 3, 11, 4, 4, 4, 4, 4, 4];

        Assert.Equal([11.5, 2.5], new SeasonalMedian(7, 4).Fit(history).Predict(2));
    }

    [Fact]
    public void Croston_is_the_smoothed_size_by_the_smoothed_interval()
    {
        // Sizes 6 then 4: 6 + 0.1 × (4 - 6) = 5.8. Intervals 2 then 3: 2.1. Less the bias of half of alpha.
        Assert.Equal([0.95 * 5.8 / 2.1], new Croston().Fit([0, 6, 0, 0, 4, 0]).Predict(1), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Demand_that_has_stopped_fades()
    {
        double[] alive = [5, 0, 5, 0, 5, 0, 5, 0, 5, 0];
        double[] stopped = [.. alive, .. new double[30]];

        Assert.Equal(2.5, new TeunterSyntetosBabai().Fit(alive).Predict(1)[0], 0.3);
        Assert.True(new TeunterSyntetosBabai().Fit(stopped).Predict(1)[0] < 0.15);
        Assert.True(new Croston().Fit(stopped).Predict(1)[0] > 2);
    }

    [Fact]
    public void Dynamic_theta_follows_the_recursion_by_hand()
    {
        // Alpha 0.5, theta 2, first level 10. After 12 and 16: level 10 → 11 → 13.5, line through both: slope 4, intercept 8.
        var parameters = new DynamicTheta.Parameters(0.5, 2);
        var state = ThetaState.Start(10, 12).Run(parameters, [12, 16], out _);

        Assert.Equal((13.5, 14.0, 8.0, 4.0), (state.Level, state.Mean, state.Intercept, state.Slope));
        Assert.Equal(13.5 + 0.5 * (0.25 * 8 + (1 - 0.125) / 0.5 * 4), state.Forecast(parameters), 1e-12);
    }

    [Fact]
    public void The_line_of_dynamic_theta_is_that_of_least_squares()
    {
        var values = Synthetic.Team(31, 25);
        var state = ThetaState.Start(values[0], values[0]).Run(new DynamicTheta.Parameters(0.3, 3), values, out _);
        var (n, meanT, mean) = (values.Length, (values.Length + 1) / 2.0, values.Average());
        var slope = values.Select((value, t) => (t + 1 - meanT) * (value - mean)).Sum() / Enumerable.Range(1, n).Sum(t => (t - meanT) * (t - meanT));

        Assert.Equal(slope, state.Slope, 1e-9);
        Assert.Equal(slope, ThetaMethod.Slope(values), 1e-9);
        Assert.Equal(mean - slope * meanT, state.Intercept, 1e-9);
    }

    [Fact]
    public void Theta_goes_on_with_half_the_slope()
    {
        var forecast = new ThetaMethod().Fit([.. Enumerable.Range(0, 40).Select(t => 10.0 + 2 * t)]).Predict(3);

        Assert.Equal(1, forecast[1] - forecast[0], 1e-9);
        Assert.Equal(1, forecast[2] - forecast[1], 1e-9);
    }

    [Fact]
    public void Theta_is_the_mean_of_its_line_and_of_the_smoothed_line_of_theta_two()
    {
        // As it was published (Assimakopoulos and Nikolopoulos 2000): half the regression line, half simple smoothing of twice the series less the line. Alpha is looked for on a grid.
        var random = new Random(32);
        var level = 100.0;
        double[] values = [.. Enumerable.Range(0, 40).Select(_ => (level += 2 + 4 * Synthetic.Normal(random)) + 4 * Synthetic.Normal(random))];
        var (n, meanT) = (values.Length, (values.Length - 1) / 2.0);
        var slope = values.Select((value, t) => (t - meanT) * (value - values.Average())).Sum() / Enumerable.Range(0, n).Sum(t => (t - meanT) * (t - meanT));
        double Line(int t) => values.Average() + slope * (t - meanT);
        var alpha = Enumerable.Range(1, 9899).Select(i => 0.01 + i / 10_000.0).MinBy(a => Smooth(values, a).Squares);
        var smoothed = Smooth([.. values.Select((value, t) => 2 * value - Line(t))], alpha).Level;
        var forecast = new ThetaMethod().Fit(values).Predict(28);

        Assert.All([0, 1, 27], step => Assert.Equal((Line(n + step) + smoothed) / 2, forecast[step], 0.01));

        static (double Level, double Squares) Smooth(double[] series, double alpha) => series.Skip(1).Aggregate(
            (Level: series[0], Squares: 0.0), (state, value) => (state.Level + alpha * (value - state.Level), state.Squares + (value - state.Level) * (value - state.Level)));
    }

    [Fact]
    public void Two_seasons_and_a_line_are_taken_apart_and_continued()
    {
        double[] history = [.. Enumerable.Range(0, 140).Select(Value)];
        var split = SeasonalSplit.Of(history, [4, 14]);
        var forecast = new Decomposed([4, 14], new Drift()).Fit(history).Predict(14);

        Assert.All(Enumerable.Range(20, 100), t => Assert.Equal(100 + 0.5 * t, split.Adjusted[t], 1.5));
        Assert.All(forecast.Index(), step => Assert.Equal(Value(140 + step.Index), step.Item, 3.0));

        static double Value(int t) => 100 + 0.5 * t + 8 * (t % 4 == 0 ? 1 : -1 / 3.0) + 10 * Math.Sin(2 * Math.PI * t / 14);
    }

    [Fact]
    public void Local_regression_gives_a_line_back()
    {
        double[] line = [.. Enumerable.Range(0, 30).Select(t => 3.0 + 2 * t)];
        var smooth = new double[30];
        Loess.Smooth(line, window: 9, linear: true, jump: 4, smooth);

        Assert.All(smooth.Index(), point => Assert.Equal(line[point.Index], point.Item, 1e-9));
        Assert.Equal(63, Loess.At(line, 30, 9, linear: true), 1e-9);
    }

    [Fact]
    public void Regression_on_lags_finds_the_weights_of_an_autoregression()
    {
        // y = 0.6 × last + 0.3 × the one before + noise, around 100: the forecast of the step after (110, 120) is 100 + 0.6 × 20 + 0.3 × 10.
        var random = new Random(5);
        var history = new double[3000];
        for (var t = 2; t < history.Length; t++)
        {
            history[t] = 0.6 * history[t - 1] + 0.3 * history[t - 2] + Synthetic.Normal(random);
        }

        double[] values = [.. history.Select(value => value + 100), 110, 120];
        Assert.Equal(115, new LagRegression([1, 2], 1e-6).Fit(values).Predict(1)[0], 1.2);
    }

    [Fact]
    public void Differencing_and_powers_are_undone()
    {
        double[] growth = [.. Enumerable.Range(0, 40).Select(t => Math.Pow(1.02, t))];
        double[] week = [.. Enumerable.Range(0, 42).Select(t => 10.0 * (t % 7) + t)];

        Assert.Equal(growth[^1] * 1.02, new Powered(0, new Drift()).Fit(growth).Predict(1)[0], 1e-9);
        Assert.Equal([42.0, 53.0], new Differenced(7, new Naive()).Fit(week).Predict(2), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void A_fitted_model_names_the_scale_that_it_works_on()
    {
        var scores = ForecastEngine.Forecast(Synthetic.Team(15, 90), new SeriesForecastOptions(14, 14)).Scores;

        Assert.Contains(scores.Skip(1), score => score.Model.StartsWith("log:mstl(7)", StringComparison.Ordinal));
        Assert.Equal(scores.Select(score => score.Model).Distinct(), scores.Select(score => score.Model));
    }

    [Fact]
    public void Smoothing_of_two_seasons_continues_them()
    {
        double[] history = [.. Enumerable.Range(0, 24 * 7 * 4).Select(Value)];
        var forecast = new SeasonsSmoothing([24, 168]).Fit(history).Predict(168);

        Assert.All(forecast.Index(), step => Assert.Equal(Value(history.Length + step.Index), step.Item, 6.0));

        static double Value(int t) => 50 + 20 * Math.Sin(2 * Math.PI * t / 24) + (t / 24 % 7 < 5 ? 10 : -25);
    }
}
