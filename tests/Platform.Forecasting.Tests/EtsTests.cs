using Platform.Forecasting.Models;

namespace Platform.Forecasting.Tests;

public sealed class EtsTests
{
    [Fact]
    public void Simple_smoothing_follows_the_recursion_by_hand()
    {
        // Level 10, alpha 0.5: 12 → 11, 14 → 12.5, 10 → 11.25. Errors 2, 3, -2.5.
        var fit = EtsFit.Run(new EtsForm(EtsTrend.None, 1), new EtsParameters(0.5, 0, 0, 0), new EtsStart(10, 0, [0]), [12, 14, 10], []);

        Assert.Equal([2, 3, -2.5], fit.Residuals.ToArray());
        Assert.Equal([11.25, 11.25], fit.Predict(2));
    }

    [Fact]
    public void Holts_trend_follows_the_recursion_by_hand()
    {
        // Level 10, trend 1, alpha 0.5, beta 0.25. 12: error 1 → level 11.5, trend 1.25. 13: error 0.25 → level 12.875, trend 1.3125.
        var fit = EtsFit.Run(new EtsForm(EtsTrend.Additive, 1), new EtsParameters(0.5, 0.25, 1, 0), new EtsStart(10, 1, [0]), [12, 13], []);

        Assert.Equal([1, 0.25], fit.Residuals.ToArray());
        Assert.Equal([14.1875, 15.5, 16.8125], fit.Predict(3));
    }

    [Fact]
    public void Damped_trend_wears_off_by_phi_a_step()
    {
        // No errors: level 10 and trend 2 at the start, phi 0.5: steps add 1, then 0.5, then 0.25.
        var fit = EtsFit.Run(new EtsForm(EtsTrend.Damped, 1), new EtsParameters(0.5, 0.1, 0.5, 0), new EtsStart(10, 2, [0]), [11], []);

        Assert.Equal([11.5, 11.75], fit.Predict(2));
    }

    [Fact]
    public void Holt_Winters_follows_the_recursion_by_hand()
    {
        // Season of two, +1 and -1, level 10, trend 1; alpha 0.5, beta 0.25, gamma 0.25.
        // 14: forecast 12, error 2 → level 12, trend 1.5, season +1.5. 13: forecast 12.5, error 0.5 → level 13.75, trend 1.625, season -0.875.
        var fit = EtsFit.Run(new EtsForm(EtsTrend.Additive, 2), new EtsParameters(0.5, 0.25, 1, 0.25), new EtsStart(10, 1, [1, -1]), [14, 13], []);

        Assert.Equal([2, 0.5], fit.Residuals.ToArray());
        Assert.Equal([13.75 + 1.625 + 1.5, 13.75 + 2 * 1.625 - 0.875, 13.75 + 3 * 1.625 + 1.5], fit.Predict(3));
    }

    [Fact]
    public void A_shock_moves_later_steps_as_the_model_says()
    {
        var fit = EtsFit.Run(new EtsForm(EtsTrend.None, 1), new EtsParameters(0.25, 0, 0, 0), new EtsStart(10, 0, [0]), [10], []);
        var path = new double[3];
        fit.Continue([4, 0, -8], path);

        Assert.Equal([14, 11, 3], path);
    }

    [Fact]
    public void A_straight_line_is_continued()
    {
        var history = Enumerable.Range(0, 60).Select(t => 10 + 2.0 * t).ToArray();
        var fit = new ExponentialSmoothing(7).Fit(history);

        Assert.Equal("ets(A,A,N)", fit.Name);
        Assert.Equal(130, fit.Predict(1)[0], 1e-6);
        Assert.Equal(150, fit.Predict(11)[10], 1e-6);
    }

    [Fact]
    public void A_steady_week_is_found_and_continued()
    {
        double[] week = [10, 12, 14, 12, 10, 2, 1];
        var history = Enumerable.Range(0, 56).Select(t => week[t % 7]).ToArray();
        var fit = new ExponentialSmoothing(7).Fit(history);

        Assert.Equal("ets(A,N,A)", fit.Name);
        Assert.All(fit.Predict(14).Select((value, step) => Math.Abs(value - week[step % 7])), error => Assert.True(error < 1e-6));
    }

    [Fact]
    public void Least_squares_is_found_where_theory_says_it_is()
    {
        // For a random walk plus noise the best alpha follows from the noise's share (Muth 1960): q = 0.25 gives alpha = (-q + sqrt(q² + 4q)) / 2 ≈ 0.390.
        var random = new Random(7);
        var (level, history) = (100.0, new double[4000]);
        for (var t = 0; t < history.Length; t++)
        {
            level += 0.5 * Synthetic.Normal(random);
            history[t] = level + Synthetic.Normal(random);
        }

        var fit = (EtsFit)new ExponentialSmoothing(7, new EtsForm(EtsTrend.None, 1)).Fit(history);
        Assert.Equal(0.390, fit.Parameters.Alpha, 0.04);
    }
}
