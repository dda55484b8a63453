using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Projection;

/// <summary>
/// Spend from now on, read off the sample paths. Their first day is today: of it only the part that is left counts, as a share of the day's clock
/// time. What today has already spent is no forecast, so that a day can end above what was forecast for it and never below what it spent.
/// </summary>
/// <param name="restOfToday">Share of today that is still to come, 0 to 1.</param>
internal sealed class SpendAhead(SamplePaths paths, double restOfToday)
{
    /// <summary>Days from today on, today included.</summary>
    public int Horizon => paths.Horizon;

    /// <summary>Still to be spent on a day; 0 is today.</summary>
    public Band OnDay(int day) => Band.Of(paths.Sorted(path => Value(path, day)));

    /// <summary>To be spent from now to the end of a day; 0 is today.</summary>
    public Band Through(int day) => Band.Of(paths.Sorted(path =>
    {
        var sum = 0.0;
        for (var at = 0; at <= day; at++)
        {
            sum += Value(path, at);
        }

        return sum;
    }));

    private double Value(int path, int day) => paths[path, day] * (day == 0 ? restOfToday : 1);
}
