namespace Platform.Forecasting.Models;

/// <summary>
/// Demand that comes now and then and may end (Teunter, Syntetos, Babai 2011): size is smoothed where there is demand, the probability of demand at
/// every observation, so that the forecast of what has stopped fades.
/// </summary>
/// <param name="alpha">Smoothing of the size, between 0 and 1.</param>
/// <param name="beta">Smoothing of the probability, between 0 and 1.</param>
public sealed class TeunterSyntetosBabai(double alpha = 0.1, double beta = 0.1) : IForecastModel
{
    public string Name => "tsb";

    public int LeastHistory => 1;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var (size, seen, probability) = (0.0, false, 0.0);
        for (var t = 0; t < history.Length; t++)
        {
            var occurs = history[t] > 0;
            size = !occurs ? size : seen ? size + alpha * (history[t] - size) : history[t];
            seen |= occurs;

            // The mean while it lasts: the first observations weigh as much as they are.
            probability += Math.Max(beta, 1.0 / (t + 1)) * ((occurs ? 1 : 0) - probability);
        }

        return new FixedPath(Name, probability * size, 0, [0]);
    }
}
