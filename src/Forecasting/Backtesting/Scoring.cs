using Platform.Forecasting.Combining;

namespace Platform.Forecasting.Backtesting;

/// <summary>Judges models and the choice by their totals over what was observed of the backtest's horizon.</summary>
internal static class Scoring
{
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
        return new BacktestScore(name, wape, actual.Length);
    }
}
