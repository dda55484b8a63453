using Platform.Contracts.Metering.V1;
using Platform.Forecast.Segments;
using Platform.Forecasting;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Layers;

/// <summary>
/// How much of what its segments spend is spent in a budget's scope, where that names whom, how or with which model: forecast as a series of its own from the shares of past days, and never above all
/// of it. Money ahead is the segments' own futures times it, so that a scope is never dearer than its team, and one that is all of it is the team's forecast to the nano.
/// </summary>
/// <param name="Outlook">Null where nothing was spent in it.</param>
/// <param name="Days">From its first spend on.</param>
internal sealed record ScopeShare(SeriesOutlook? Outlook, int Days)
{
    private static readonly SeriesForecastOptions Options = new(SegmentForecaster.EngineDays, SegmentForecaster.EngineDays) { IsQuick = true };

    /// <param name="segments">What it is a share of.</param>
    /// <param name="spent">In the scope, by day.</param>
    public static ScopeShare Of(IReadOnlyList<SegmentSeries> segments, IReadOnlyDictionary<DateOnly, long> spent)
    {
        if (segments.Count == 0 || spent.Count == 0)
        {
            return new ScopeShare(null, 0);
        }

        var whole = SegmentSeries.Add(default, segments);
        var first = spent.Keys.Min() is var day && day > whole.FirstDay ? day : whole.FirstDay;
        double[] shares = [.. Enumerable.Range(0, Math.Max(0, whole.Today.DayNumber - first.DayNumber)).Select(i => first.AddDays(i)).Select(on =>
            whole.Days[on.DayNumber - whole.FirstDay.DayNumber].CostNanos is > 0 and var all ? Math.Clamp(spent.GetValueOrDefault(on) / (double)all, 0, 1) : double.NaN)];
        return shares.All(share => double.IsNaN(share) || share == 0) ? new ScopeShare(null, shares.Length) : new ScopeShare(ForecastEngine.Outlook(shares, Options), shares.Length);
    }

    /// <summary>By path and day ahead, 0 to 1; null: nothing.</summary>
    /// <param name="name">Names the draws.</param>
    public Func<int, int, double>? Draw(int days, string name)
    {
        var outlook = Outlook is { } known && known.Horizon < days ? known.Extended(days, SegmentForecaster.Week) : Outlook;
        var paths = outlook?.Draw(JointPaths.Paths, JointPaths.Seed ^ Randomness.SeedOf(name));
        return paths is null ? null : (path, day) => Math.Min(1, paths[path, day]);
    }
}
