namespace Platform.Forecasting.Models;

/// <summary>
/// Demand that comes now and then (Croston 1972): its size and the time between are smoothed apart, and the forecast is their ratio, less the bias that
/// Syntetos and Boylan 2005 found.
/// </summary>
/// <param name="alpha">Smoothing of both, between 0 and 1.</param>
public sealed class Croston(double alpha = 0.1) : IForecastModel
{
    public string Name => "croston";

    public int LeastHistory => 1;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var (size, interval, since, seen) = (0.0, 1.0, 1, false);
        foreach (var value in history)
        {
            if (value > 0)
            {
                size = seen ? size + alpha * (value - size) : value;
                interval = seen ? interval + alpha * (since - interval) : since;
                (since, seen) = (1, true);
            }
            else
            {
                since++;
            }
        }

        return new FixedPath(Name, (1 - alpha / 2) * size / interval, 0, [0]);
    }
}
