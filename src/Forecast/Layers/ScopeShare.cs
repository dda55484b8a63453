using Platform.Contracts.Metering.V1;
using Platform.Forecast.Segments;
using Platform.Forecasting;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Layers;

/// <summary>
/// How much of what its segments spend is spent in a budget's scope, where that names whom, how or with which model: forecast as a series of its own from the shares of past days, and never above all
/// of it. Money ahead is the segments' own futures times it, so that a scope is never dearer than its team, and one that is all of it is the team's forecast to the nano. As those futures are at the
/// prices of today, and later at those that the book has, so is it: a price that changes moves the scopes that use it, and no other (<see cref="SharePrices"/>).
/// </summary>
/// <param name="Outlook">Null where nothing was spent in it.</param>
/// <param name="Days">From its first spend on.</param>
internal sealed record ScopeShare(SeriesOutlook? Outlook, int Days)
{
    private static readonly SeriesForecastOptions Options = new(SegmentForecaster.EngineDays, SegmentForecaster.EngineDays) { IsQuick = true };

    /// <summary>By day ahead, what prices that begin later make of it; null: nothing.</summary>
    public IReadOnlyList<double>? Ahead { get; private init; }

    /// <summary>Prices of its segments change, and what of its calls is of their models nobody knows: it is taken to be as much as of the others.</summary>
    public bool IsOfUnknownModels { get; private init; }

    /// <param name="segments">What it is a share of.</param>
    /// <param name="spent">In the scope, by day.</param>
    /// <param name="changed">What of it was spent on the routes whose price changes; null: that is not known.</param>
    public static ScopeShare Of(IReadOnlyList<SegmentSeries> segments, IReadOnlyDictionary<DateOnly, long> spent, IReadOnlyList<RouteCost>? changed = null)
    {
        if (segments.Count == 0 || spent.Count == 0)
        {
            return new ScopeShare(null, 0);
        }

        var prices = SharePrices.Of(segments);
        var whole = SegmentSeries.Add(default, segments);
        if (prices is not null && changed is not null)
        {
            (whole, spent) = (whole.AtTodaysPrices(), prices.AtTodaysPrices(spent, changed));
        }

        var first = spent.Keys.Min() is var day && day > whole.FirstDay ? day : whole.FirstDay;
        double[] shares = [.. Enumerable.Range(0, Math.Max(0, whole.Today.DayNumber - first.DayNumber)).Select(i => first.AddDays(i)).Select(on =>
            whole.Days[on.DayNumber - whole.FirstDay.DayNumber].CostNanos is > 0 and var all ? Math.Clamp(spent.GetValueOrDefault(on) / (double)all, 0, 1) : double.NaN)];
        return shares.All(share => double.IsNaN(share) || share == 0) ? new ScopeShare(null, shares.Length) : new ScopeShare(ForecastEngine.Outlook(shares, Options), shares.Length)
        {
            Ahead = changed is null ? null : prices?.Ahead(spent, changed), IsOfUnknownModels = prices is not null && changed is null,
        };
    }

    /// <summary>By path and day ahead, 0 to 1; null: nothing.</summary>
    /// <param name="name">Names the draws.</param>
    public Func<int, int, double>? Draw(int days, string name)
    {
        var outlook = Outlook is { } known && known.Horizon < days ? known.Extended(days, SegmentForecaster.Week) : Outlook;
        var paths = outlook?.Draw(JointPaths.Paths, JointPaths.Seed ^ Randomness.SeedOf(name));
        return paths is null ? null : Ahead is { } ahead ? (path, day) => Math.Min(1, paths[path, day] * ahead[day]) : (path, day) => Math.Min(1, paths[path, day]);
    }
}
