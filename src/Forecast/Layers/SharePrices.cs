using Platform.Contracts.Metering.V1;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>What a part of some segments spent on a day on a provider and model, as it was paid.</summary>
internal readonly record struct RouteCost(string Provider, string Model, DateOnly Day, long Nanos);

/// <summary>
/// What prices that changed, or are to change, make of a part of some segments: days of the past as they make those of the segments, route by route, and days ahead by what the part uses of each route and by
/// what the segments do.
/// </summary>
internal sealed class SharePrices
{
    private readonly Dictionary<(string Provider, string Model), Route> _routes;
    private readonly SegmentSeries _whole;

    private SharePrices(Dictionary<(string Provider, string Model), Route> routes, SegmentSeries whole) => (_routes, _whole) = (routes, whole);

    /// <summary>Whose price changes.</summary>
    public IReadOnlyCollection<(string Provider, string Model)> Routes => _routes.Keys;

    /// <summary>Null where no price of theirs changes.</summary>
    public static SharePrices? Of(IReadOnlyList<SegmentSeries> segments)
    {
        var routes = segments.SelectMany(segment => segment.Prices?.Routes ?? []).GroupBy(route => (route.Provider, route.Model)).ToArray();
        if (routes.Length == 0)
        {
            return null;
        }

        var whole = SegmentSeries.Add(default, [.. segments.Select(segment => segment.AtTodaysPrices())]);
        return new SharePrices(routes.ToDictionary(route => route.Key, route => Route.Of([.. route], Recent(whole))), whole);
    }

    /// <summary>What the segments spent on the routes that a scope takes.</summary>
    public IReadOnlyList<RouteCost> Booked(BudgetScope scope) => [.. _routes.Where(route => scope.TakesRoute(route.Key.Provider, route.Key.Model))
        .SelectMany(route => route.Value.Days.Select(day => new RouteCost(route.Key.Provider, route.Key.Model, day.Key, day.Value.Booked)))];

    /// <summary>Days of the part at the prices of today.</summary>
    /// <param name="spent">In all of the part.</param>
    /// <param name="changed">What of it was spent on <see cref="Routes"/>.</param>
    public Dictionary<DateOnly, long> AtTodaysPrices(IReadOnlyDictionary<DateOnly, long> spent, IReadOnlyList<RouteCost> changed)
    {
        var days = new Dictionary<DateOnly, long>(spent);
        foreach (var cost in changed.Where(cost => days.ContainsKey(cost.Day)))
        {
            days[cost.Day] += Now(cost) - cost.Nanos;
        }

        return days;
    }

    /// <summary>By day ahead, what the part's share of the segments becomes; null: it stays.</summary>
    /// <param name="now">The part's days at the prices of today.</param>
    /// <param name="changed">What of it was spent on <see cref="Routes"/>.</param>
    public double[]? Ahead(IReadOnlyDictionary<DateOnly, long> now, IReadOnlyList<RouteCost> changed)
    {
        if (_routes.Values.FirstOrDefault(route => route.Ahead is not null)?.Ahead is not { Count: var days })
        {
            return null;
        }

        var from = Recent(_whole);
        var own = changed.Where(cost => cost.Day >= from).GroupBy(cost => (cost.Provider, cost.Model)).ToDictionary(route => route.Key, route => route.Sum(cost => (double)Now(cost)));
        var part = Factors(own, now.Where(day => day.Key >= from).Sum(day => (double)day.Value), days);
        var whole = Factors(_routes.ToDictionary(route => route.Key, route => route.Value.RecentNanos), _whole.Sum(from, _whole.Today).CostNanos, days);

        // Where all of the segments is to be free there is nothing to share.
        return [.. part.Zip(whole, (own, all) => all > 0 ? Math.Max(0, own) / all : 1)];
    }

    /// <summary>By day ahead, what all becomes of which these are the routes whose price changes.</summary>
    private double[] Factors(Dictionary<(string Provider, string Model), double> nanos, double all, int days)
    {
        var factors = Enumerable.Repeat(1.0, days).ToArray();
        foreach (var (key, spent) in nanos)
        {
            if (_routes.GetValueOrDefault(key)?.Ahead is { } ahead && all > 0)
            {
                for (var day = 0; day < days; day++)
                {
                    factors[day] += Math.Clamp(spent / all, 0, 1) * (ahead[day] - 1);
                }
            }
        }

        return factors;
    }

    private long Now(RouteCost cost) => _routes.GetValueOrDefault((cost.Provider, cost.Model)) is { } route && route.Days.TryGetValue(cost.Day, out var day) && day.Booked > 0
        ? Nanos.Signed(cost.Nanos * (day.Now / (double)day.Booked))
        : cost.Nanos;

    /// <summary>Which models are used is told by the weeks that controls are looked at.</summary>
    private static DateOnly Recent(SegmentSeries whole) => whole.Today.AddDays(-SegmentLayers.ControlDays);

    /// <summary>A route of all the segments.</summary>
    /// <param name="RecentNanos">At the price of now.</param>
    private sealed record Route(IReadOnlyDictionary<DateOnly, (long Booked, long Now)> Days, double RecentNanos, IReadOnlyList<double>? Ahead)
    {
        public static Route Of(IReadOnlyList<RepricedRoute> routes, DateOnly recent)
        {
            var days = routes.SelectMany(route => route.Days()).GroupBy(day => day.Day).ToDictionary(day => day.Key, day => (day.Sum(cost => cost.Booked), day.Sum(cost => cost.Now)));
            var weighed = routes.Select(route => (route.Ahead, Nanos: Math.Max(0, route.Days().Where(day => day.Day >= recent).Sum(day => (double)day.Now)))).ToArray();
            var all = weighed.Sum(route => route.Nanos);

            // Lanes may have prices of their own.
            return new Route(days, all, routes.FirstOrDefault(route => route.Ahead is not null)?.Ahead is { } any && all > 0
                ? [.. any.Select((_, day) => weighed.Sum(route => route.Nanos / all * (route.Ahead?[day] ?? 1)))]
                : null);
        }
    }
}
