using Platform.Forecast.Segments;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>A day of one provider and model in a segment.</summary>
/// <param name="Day">Counted from the first day read.</param>
internal readonly record struct RouteDay(
    int Day, string Provider, string Model, long CostNanos, long Calls, long InputTokens, long OutputTokens, long FellBackNanos, long FellBackPrimaryNanos);

/// <summary>What of a segment's spend one provider and model have, and what their calls are like.</summary>
internal sealed record RouteUse(string Provider, string Model, long CostNanos, long Calls, long InputTokens, long OutputTokens)
{
    public string Name => $"{Provider}/{Model}";
}

/// <summary>Which providers and models a segment's spend is of: their shares of its last four weeks, as sure as those weeks' own days make them.</summary>
internal sealed class RouteMix
{
    /// <summary>What usage is read of: as long as failures are looked at.</summary>
    public const int Days = Layers.SegmentLayers.ResilienceDays;

    private const ulong Seed = 20_260_604;
    private const int RecentDays = Layers.SegmentLayers.ControlDays;

    private readonly SegmentKey _key;
    private readonly double[][] _costs;
    private volatile double[][]? _shares;

    private RouteMix(SegmentKey key, IReadOnlyList<RouteUse> uses, double[][] costs, IReadOnlyDictionary<string, FellBack> fellBack) =>
        (_key, Uses, _costs, FellBackOn) = (key, uses, costs, fellBack);

    /// <summary>In order of their names; one of no name where nothing is known.</summary>
    public IReadOnlyList<RouteUse> Uses { get; }

    /// <summary>By provider that took calls of others, in 91 days.</summary>
    public IReadOnlyDictionary<string, FellBack> FellBackOn { get; }

    public static RouteMix Unknown(SegmentKey key) => new(key, [new RouteUse("", "", 0, 0, 0, 0)], [[]], new Dictionary<string, FellBack>());

    /// <param name="rows">Of the last 91 days.</param>
    public static RouteMix Of(SegmentKey key, IReadOnlyList<RouteDay> rows)
    {
        var recent = rows.Where(row => row.Day >= Days - RecentDays).ToArray();
        recent = recent.Sum(row => row.CostNanos) > 0 ? recent : [.. rows];
        var routes = recent.GroupBy(row => (row.Provider, row.Model)).Where(route => route.Sum(row => row.CostNanos) > 0)
            .OrderBy(route => route.Key.Provider, StringComparer.Ordinal).ThenBy(route => route.Key.Model, StringComparer.Ordinal).ToArray();
        if (routes.Length == 0)
        {
            return Unknown(key);
        }

        int[] days = [.. recent.Select(row => row.Day).Distinct().Order()];
        double[][] costs = [.. routes.Select(route =>
        {
            var byDay = route.GroupBy(row => row.Day).ToDictionary(day => day.Key, day => (double)Math.Max(0, day.Sum(row => row.CostNanos)));
            return days.Select(day => byDay.GetValueOrDefault(day)).ToArray();
        })];
        return new RouteMix(key, [.. routes.Select(Use)], costs, rows.GroupBy(row => row.Provider).ToDictionary(
            provider => provider.Key, provider => new FellBack(provider.Sum(row => row.FellBackNanos), provider.Sum(row => row.FellBackPrimaryNanos)), StringComparer.Ordinal));

        static RouteUse Use(IGrouping<(string Provider, string Model), RouteDay> route) => new(
            route.Key.Provider, route.Key.Model, route.Sum(row => row.CostNanos), route.Sum(row => row.Calls), route.Sum(row => row.InputTokens), route.Sum(row => row.OutputTokens));
    }

    /// <summary>By path, the share of spend of a use; null for all of it. The shares of a path are of the same drawn days, and add up to one.</summary>
    public double[]? SharesOf(int use) => Uses.Count == 1 ? null : (_shares ??= Draw())[use];

    /// <summary>The bootstrap of Efron (1979), as of the layers' shares.</summary>
    private double[][] Draw()
    {
        var overall = _costs.Select(days => days.Sum()).ToArray();
        var shares = _costs.Select(_ => new double[JointPaths.Paths]).ToArray();
        var random = new Randomness(Seed ^ Randomness.SeedOf($"{_key.SeedName}\nroutes"));
        var sums = new double[_costs.Length];
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            Array.Clear(sums);
            for (var i = 0; i < _costs[0].Length; i++)
            {
                var day = (int)(random.NextDouble() * _costs[0].Length);
                for (var use = 0; use < sums.Length; use++)
                {
                    sums[use] += _costs[use][day];
                }
            }

            var from = sums.Sum() > 0 ? sums : overall;
            for (var use = 0; use < sums.Length; use++)
            {
                shares[use][path] = from[use] / from.Sum();
            }
        }

        return shares;
    }
}

/// <summary>What calls cost that fell back and know the price of their first choice, and what they would have cost there.</summary>
internal readonly record struct FellBack(long Nanos, long PrimaryNanos)
{
    public static FellBack operator +(FellBack left, FellBack right) => new(left.Nanos + right.Nanos, left.PrimaryNanos + right.PrimaryNanos);
}
