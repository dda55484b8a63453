using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Projection;

/// <summary>
/// Spend from now on, read off the sample paths. Their first day is today: of it only the part that is left counts, as a share of the day's clock
/// time. What today has already spent is no forecast, so that a day can end above what was forecast for it and never below what it spent.
/// </summary>
internal sealed class SpendAhead
{
    private readonly SamplePaths _paths;
    private readonly double _restOfToday;

    /// <summary>By day, what every path has spent from now to the day's end.</summary>
    private readonly double[][] _through;

    /// <param name="restOfToday">Share of today that is still to come, 0 to 1.</param>
    public SpendAhead(SamplePaths paths, double restOfToday)
    {
        _paths = paths;
        _restOfToday = restOfToday;
        _through = new double[paths.Horizon][];
        for (var day = 0; day < paths.Horizon; day++)
        {
            _through[day] = new double[paths.Count];
            for (var path = 0; path < paths.Count; path++)
            {
                _through[day][path] = (day == 0 ? 0 : _through[day - 1][path]) + Value(path, day);
            }
        }
    }

    /// <summary>Days from today on, today included.</summary>
    public int Horizon => _paths.Horizon;

    /// <summary>Still to be spent on a day; 0 is today.</summary>
    public Band OnDay(int day) => Band.Of(_paths.Sorted(path => Value(path, day)));

    /// <summary>To be spent from now to the end of a day; 0 is today.</summary>
    public Band Through(int day) => Band.Of([.. _through[day].Order()]);

    private double Value(int path, int day) => _paths[path, day] * (day == 0 ? _restOfToday : 1);
}
