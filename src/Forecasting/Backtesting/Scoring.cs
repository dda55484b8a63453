using Platform.Forecasting.Combining;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Backtesting;

/// <summary>Judges models and the choice by their totals over what was observed of the backtest's horizon.</summary>
internal static class Scoring
{
    private const double Low = 0.1;
    private const double High = 0.9;

    /// <summary>The choice first, then the models by error. Empty without a backtest.</summary>
    public static IReadOnlyList<BacktestScore> Of(Choice choice, Backtest backtest)
    {
        var models = backtest.Names.Select((name, m) => Score(name, backtest.Forecasts[m], backtest.Actuals)).OrderBy(score => score.Wape);
        return backtest.Actuals.Length == 0 ? [] : [Score(Naming.Of(choice, backtest.Names), choice.Forecasts, backtest.Actuals), .. models];
    }

    private static BacktestScore Score(string name, double[][] forecasts, double[][] actuals)
    {
        double[] forecast = [.. forecasts.Select((steps, origin) => steps.Zip(actuals[origin], (said, came) => double.IsNaN(came) ? 0 : said).Sum())];
        double[] actual = [.. actuals.Select(steps => steps.Where(came => !double.IsNaN(came)).Sum())];
        var errors = actual.Zip(forecast, (came, said) => Math.Abs(came - said)).Sum();
        var all = actual.Sum();

        // Where nothing was spent there is nothing to weigh errors by: 0 when nothing was forecast either, else 1.
        var wape = all > 0 ? errors / all : errors > 0 ? 1 : 0;
        return new BacktestScore(name, wape, Coverage(forecast, actual), actual.Length);
    }

    /// <summary>Share of totals inside the band of the errors at all other origins, as many more on each side as makes up for their small number.</summary>
    private static double Coverage(double[] forecast, double[] actual)
    {
        if (actual.Length < 2)
        {
            return 0;
        }

        var inside = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            double[] others = [.. Enumerable.Range(0, actual.Length).Where(j => j != i).Select(j => actual[j] - forecast[j]).Order()];
            var miss = actual[i] - forecast[i];
            var more = 1.0 / others.Length;
            inside += miss >= Band.Quantile(others, Math.Max(0, Low - more)) && miss <= Band.Quantile(others, Math.Min(1, High + more)) ? 1 : 0;
        }

        return inside / (double)actual.Length;
    }
}
