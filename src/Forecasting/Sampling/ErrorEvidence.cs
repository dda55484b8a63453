namespace Platform.Forecasting.Sampling;

/// <summary>What there is to learn a forecast's errors from.</summary>
/// <param name="Forecasts">By origin, by step.</param>
/// <param name="Actuals">By origin, by step.</param>
/// <param name="Independent">How many origins share no step with another.</param>
/// <param name="History">Whole and not negative; at least one observation.</param>
/// <param name="Season">The longest that was seen; 1 for none.</param>
/// <param name="SeasonUnseen">Whether a season was asked for that the history is too short to see.</param>
/// <param name="Horizon">Steps that are to be forecast.</param>
internal sealed record ErrorEvidence(
    IReadOnlyList<double[]> Forecasts, IReadOnlyList<double[]> Actuals, double Independent, double[] History, int Season, bool SeasonUnseen, int Horizon)
{
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

        var means = PlaceMeans();
        return Math.Min(
            Math.Min(Mean(1, t => History[t - 1]), Mean(Season, t => History[t - Season])),
            Mean(0, t => CountAt(t % Season) is > 1 and var count ? (count * means[t % Season] - History[t]) / (count - 1) : null));

        double Mean(int first, Func<int, double?> said)
        {
            var (sum, count) = (0.0, 0);
            for (var t = first; t < History.Length; t++)
            {
                if (said(t) is { } value)
                {
                    sum += Math.Abs(History[t] - value) / scale.At(value, Steps / 2);
                    count++;
                }
            }

            return sum / count;
        }
    }

    /// <summary>The history less the mean of each place of the season, scaled as an error at the first step is.</summary>
    public double[] Rests(ErrorScale scale)
    {
        var means = PlaceMeans();
        return [.. History.Select((value, t) => (value - means[t % Season]) / scale.At(means[t % Season], 0))];
    }

    private double[] PlaceMeans()
    {
        var means = new double[Season];
        for (var place = 0; place < Season && place < History.Length; place++)
        {
            var count = CountAt(place);
            for (var t = place; t < History.Length; t += Season)
            {
                means[place] += History[t] / count;
            }
        }

        return means;
    }

    private int CountAt(int place) => (History.Length - 1 - place) / Season + 1;
}
