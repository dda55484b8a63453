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

    /// <summary>The history less the mean of each place of the season, scaled as an error at the first step is.</summary>
    public double[] Rests(ErrorScale scale)
    {
        var means = new double[Season];
        for (var place = 0; place < Season && place < History.Length; place++)
        {
            var count = (History.Length - 1 - place) / Season + 1;
            for (var t = place; t < History.Length; t += Season)
            {
                means[place] += History[t] / count;
            }
        }

        return [.. History.Select((value, t) => (value - means[t % Season]) / scale.At(means[t % Season], 0))];
    }
}
