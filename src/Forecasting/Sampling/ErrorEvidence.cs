using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Combining;
using Platform.Forecasting.Preparation;

namespace Platform.Forecasting.Sampling;

/// <summary>What there is to learn a forecast's errors from.</summary>
/// <param name="Forecasts">By origin, by step.</param>
/// <param name="Actuals">By origin, by step; not a number where nothing was observed.</param>
/// <param name="Independent">How many origins share no step with another.</param>
/// <param name="History">Without outliers and not negative; not a number where nothing was observed; at least one observation.</param>
/// <param name="Season">The longest that was seen; 1 for none.</param>
/// <param name="SeasonUnseen">Whether a season was asked for that the history is too short to see.</param>
/// <param name="Horizon">Steps that are to be forecast.</param>
/// <param name="Bursts">Outliers that came too early to be judged, each with what was usual: they come again one day.</param>
/// <param name="IsBurst">By origin and step: whether an outlier came.</param>
/// <param name="JudgedBursts">How many outliers came in steps that were judged, each once.</param>
internal sealed record ErrorEvidence(
    IReadOnlyList<double[]> Forecasts, IReadOnlyList<double[]> Actuals, double Independent, double[] History, int Season, bool SeasonUnseen, int Horizon,
    IReadOnlyList<(int Position, double Value, double Usual)> Bursts, bool[][] IsBurst, int JudgedBursts)
{
    public static ErrorEvidence Of(Choice choice, Backtest backtest, PreparedSeries prepared, int season, int horizon)
    {
        double[] history = [.. prepared.Values.Zip(prepared.Observed, (value, observed) => double.IsNaN(observed) ? double.NaN : value)];
        var first = backtest.Plan.Origins.Count > 0 ? backtest.Plan.Origins[0] : history.Length;
        var at = prepared.Bursts.Select(burst => burst.Position).ToHashSet();
        var judged = backtest.Plan.Origins.SelectMany(origin => Enumerable.Range(origin, backtest.Plan.Horizon)).ToHashSet();
        return new ErrorEvidence(
            choice.Forecasts, backtest.Actuals, backtest.Independent, history, season, prepared.SeasonUnseen, horizon, [.. prepared.Bursts.Where(burst => burst.Position < first)],
            [.. backtest.Plan.Origins.Select(origin => Enumerable.Range(origin, backtest.Plan.Horizon).Select(at.Contains).ToArray())],
            at.Count(judged.Contains));
    }

    /// <summary>Steps of the history that were observed, at least 1.</summary>
    public int Observed => Math.Max(1, History.Count(value => !double.IsNaN(value)));

    /// <summary>Steps of a forecast that were judged, 1 where there was none.</summary>
    public int Steps => Actuals.Count == 0 ? 1 : Actuals[0].Length;

    public double[][] Scaled(ErrorScale scale) => [.. Actuals.Select((actual, origin) => actual.Select((value, step) =>
        (value - Forecasts[origin][step]) / scale.At(Forecasts[origin][step], step)).ToArray())];

    /// <summary>
    /// How far off the best of three simple rules was over the whole history, as a mean size of scaled errors: that a value is as the one before, as a season before, or as the mean of the other
    /// seasons at its place. 0 where there is not more than one season.
    /// </summary>
    public double SimpleError(ErrorScale scale)
    {
        if (History.Length <= Season)
        {
            return 0;
        }

        var (means, counts) = PlaceMeans();
        var least = Math.Min(
            Math.Min(Mean(1, t => History[t - 1]), Mean(Season, t => History[t - Season])),
            Mean(0, t => counts[t % Season] is > 1 and var count ? (count * means[t % Season] - History[t]) / (count - 1) : double.NaN));
        return double.IsFinite(least) ? least : 0;

        double Mean(int first, Func<int, double> said)
        {
            var (sum, count) = (0.0, 0);
            for (var t = first; t < History.Length; t++)
            {
                var value = said(t);
                if (!double.IsNaN(value) && !double.IsNaN(History[t]))
                {
                    sum += Math.Abs(History[t] - value) / scale.At(value, Steps / 2);
                    count++;
                }
            }

            return count == 0 ? double.PositiveInfinity : sum / count;
        }
    }

    /// <summary>The history less the mean of each place of the season, scaled as an error at the first step is.</summary>
    public double[] Rests(ErrorScale scale)
    {
        var (means, _) = PlaceMeans();
        return [.. History.Select((value, t) => (value - means[t % Season]) / scale.At(means[t % Season], 0))];
    }

    /// <summary>Of what was observed at each place of the season; no number where nothing was.</summary>
    private (double[] Means, int[] Counts) PlaceMeans()
    {
        var (means, counts) = (new double[Season], new int[Season]);
        for (var t = 0; t < History.Length; t++)
        {
            if (!double.IsNaN(History[t]))
            {
                means[t % Season] += History[t];
                counts[t % Season]++;
            }
        }

        return ([.. means.Zip(counts, (sum, count) => sum / count)], counts);
    }
}
