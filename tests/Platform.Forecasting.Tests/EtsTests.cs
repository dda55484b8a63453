using Platform.Forecasting.Models;

namespace Platform.Forecasting.Tests;

public sealed class EtsTests
{
    private static readonly EtsForm None = Form(EtsTrend.None);
    private static readonly EtsForm Holt = Form(EtsTrend.Additive);
    private static readonly EtsForm Damped = Form(EtsTrend.Damped);

    [Fact]
    public void Simple_smoothing_follows_the_recursion_by_hand()
    {
        // Level 10, alpha 0.5: 12 → 11, 14 → 12.5, 10 → 11.25. Errors 2, 3, -2.5.
        var fit = EtsFit.Run(None, new EtsParameters(0.5, 0, 0, 0), new EtsState(10, 0, [0], 0), [12, 14, 10]);

        Assert.Equal([11.25, 11.25], fit.Predict(2));
    }

    [Fact]
    public void Holts_trend_follows_the_recursion_by_hand()
    {
        // Level 10, trend 1, alpha 0.5, beta 0.25. 12: error 1 → level 11.5, trend 1.25. 13: error 0.25 → level 12.875, trend 1.3125.
        var fit = EtsFit.Run(Holt, new EtsParameters(0.5, 0.25, 1, 0), new EtsState(10, 1, [0], 0), [12, 13]);

        Assert.Equal([14.1875, 15.5, 16.8125], fit.Predict(3));
    }

    [Fact]
    public void Damped_trend_wears_off_by_phi_a_step()
    {
        // No errors: level 10 and trend 2 at the start, phi 0.5: steps add 1, then 0.5, then 0.25.
        var fit = EtsFit.Run(Damped, new EtsParameters(0.5, 0.1, 0.5, 0), new EtsState(10, 2, [0], 0), [11]);

        Assert.Equal([11.5, 11.75], fit.Predict(2));
    }

    [Fact]
    public void Holt_Winters_follows_the_recursion_by_hand()
    {
        // Season of two, +1 and -1, level 10, trend 1; alpha 0.5, beta 0.25, gamma 0.25.
        // 14: forecast 12, error 2 → level 12, trend 1.5, season +1.5. 13: forecast 12.5, error 0.5 → level 13.75, trend 1.625, season -0.875.
        var fit = EtsFit.Run(Form(EtsTrend.Additive, EtsSeason.Additive, 2), new EtsParameters(0.5, 0.25, 1, 0.25), new EtsState(10, 1, [1, -1], 0), [14, 13]);

        Assert.Equal([13.75 + 1.625 + 1.5, 13.75 + 2 * 1.625 - 0.875, 13.75 + 3 * 1.625 + 1.5], fit.Predict(3));
    }

    [Fact]
    public void A_multiplicative_season_follows_the_recursion_by_hand()
    {
        // Season 1.2 and 0.8, level 10, alpha 0.5, gamma 0.25. 15: forecast 12, error 3 → level 10 + 0.5 × 3 / 1.2 = 11.25, season 1.2 + 0.25 × 3 / 10 = 1.275.
        // 9: forecast 11.25 × 0.8 = 9, no error.
        var form = new EtsForm(EtsError.Multiplicative, EtsTrend.None, EtsSeason.Multiplicative, 2);
        var fit = EtsFit.Run(form, new EtsParameters(0.5, 0, 0, 0.25), new EtsState(10, 0, [1.2, 0.8], 0), [15, 9]);

        Assert.Equal([11.25 * 1.275, 11.25 * 0.8], fit.Predict(2));
    }

    [Fact]
    public void The_likelihood_of_relative_errors_is_that_of_the_definition()
    {
        // Level 10 and alpha 0: errors 0.2 and -0.1 of forecasts of 10. 2 log(0.05 / 2) + 2 (log 10 + log 10).
        new EtsState(10, 0, [0], 0).Run(new EtsForm(EtsError.Multiplicative, EtsTrend.None, EtsSeason.None, 1), default, [12, 9], out var misfit);

        Assert.Equal(2 * Math.Log(0.025) + 4 * Math.Log(10), misfit, 1e-9);
    }

    [Fact]
    public void All_stable_forms_are_fifteen_and_six_without_a_season()
    {
        Assert.Equal(15, EtsForm.Stable(7).Length);
        Assert.Equal(6, EtsForm.Stable(1).Length);
        Assert.All(EtsForm.Stable(7), form => Assert.Equal(form.Parameters, EtsParameters.SearchStart(form).Length));
        Assert.DoesNotContain(EtsForm.Stable(7), form => form.Name.StartsWith("ets(A,", StringComparison.Ordinal) && form.Name.EndsWith(",M)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_straight_line_is_continued()
    {
        var history = Enumerable.Range(0, 60).Select(t => 10 + 2.0 * t).ToArray();
        var fit = new ExponentialSmoothing(7).Fit(history);

        Assert.Contains(",A,N)", fit.Name, StringComparison.Ordinal);
        Assert.Equal(130, fit.Predict(1)[0], 1e-6);
        Assert.Equal(150, fit.Predict(11)[10], 1e-6);
    }

    [Fact]
    public void A_steady_week_is_found_and_continued()
    {
        double[] week = [10, 12, 14, 12, 10, 2, 1];
        var history = Enumerable.Range(0, 56).Select(t => week[t % 7]).ToArray();
        var fit = new ExponentialSmoothing(7).Fit(history);

        Assert.DoesNotContain(",N)", fit.Name, StringComparison.Ordinal);
        Assert.All(fit.Predict(14).Select((value, step) => Math.Abs(value - week[step % 7])), error => Assert.True(error < 1e-6));
    }

    [Fact]
    public void A_trend_that_began_after_the_first_fit_has_the_form_that_a_first_look_at_all_finds()
    {
        // Flat for 40 days and rising after them, with a week: of what did best on the flat days nothing has a trend.
        double[] week = [1.2, 1.2, 1.1, 1.1, 1.0, 0.7, 0.7];
        var random = new Random(6);
        double[] history = [.. Enumerable.Range(0, 80).Select(day => 100 * week[day % 7] * (1 + 0.03 * Math.Max(0, day - 40)) * (1 + 0.02 * Synthetic.Normal(random)))];
        var model = new ExponentialSmoothing(7);
        var (early, late) = ((EtsFit)model.Fit(history.AsSpan(0, 40)), (EtsFit)model.Fit(history));
        var followed = (EtsFit)model.Fit(history, early);

        Assert.False(early.Form.HasTrend);
        Assert.True(late.Form.HasTrend);
        Assert.Equal(late.Form, followed.Form);
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

        var fit = (EtsFit)new ExponentialSmoothing(7, None).Fit(history);
        Assert.Equal(0.390, fit.Parameters.Alpha, 0.04);
    }

    private static EtsForm Form(EtsTrend trend, EtsSeason season = EtsSeason.None, int length = 1) => new(EtsError.Additive, trend, season, length);
}
