using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Combining;

/// <summary>
/// Whether models agree less about what comes than they did about what came: after a change of the level those that follow it soon part from those that
/// do not, and the combination is less certain than its past errors say.
/// </summary>
internal static class Disagreement
{
    private const double Trusted = 0.4;
    private const double Least = 0.9;
    private const double Most = 2;

    /// <summary>A share of the level that models are always taken to differ by.</summary>
    private const double Floor = 0.02;

    /// <summary>What errors may be expected to be multiplied by, from 0.9 to 2.</summary>
    public static double Of(Backtest backtest)
    {
        if (backtest.Actuals.Length < 2)
        {
            return 1;
        }

        var steps = Math.Min(backtest.Plan.Horizon, backtest.Final[0].Length);
        var before = Enumerable.Range(0, backtest.Actuals.Length).Average(origin => Width(backtest.Forecasts.Select(model => model[origin]), steps));
        return Math.Clamp(Math.Pow(Width(backtest.Final, steps) / before, Trusted), Least, Most);
    }

    /// <summary>How far the middle three fifths of the models' totals lie apart, a step.</summary>
    private static double Width(IEnumerable<double[]> forecasts, int steps)
    {
        double[] totals = [.. forecasts.Select(forecast => forecast.AsSpan(0, steps).ToArray().Sum()).Order()];
        return Floor + (Band.Quantile(totals, 0.8) - Band.Quantile(totals, 0.2)) / steps;
    }
}
