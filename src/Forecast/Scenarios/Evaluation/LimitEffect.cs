using Platform.Forecast.Layers;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>What a team, or all together, used in a quarter of an hour.</summary>
/// <param name="Day">Counted from the first day read.</param>
/// <param name="ImportedNanos">Beside its cost: of usage of which nobody knows the quarter hour.</param>
internal readonly record struct QuarterLoad(int Day, long Calls, long Tokens, long CostNanos, long ImportedNanos = 0)
{
    /// <summary>It says when calls came.</summary>
    public bool IsLive => Calls > 0 || CostNanos != 0;
}

/// <summary>
/// What of spend a limit a minute holds back. In a quarter of an hour calls come as they like (Poisson) at its own mean a minute; what is above the limit in a minute is held back. The past's quarters are
/// taken as they were, and with more or fewer calls in them as a path has more or fewer a day than they had. Usage that was imported by the day is thus taken to come as the rest does: where there was some beside them on
/// the same days, demand as it is fills them with more calls than they show; what was imported of days before them says nothing of how full they were. How sure that is, is the bootstrap of their days.
/// </summary>
internal sealed class LimitEffect
{
    public const int Days = SegmentLayers.ControlDays;

    private const ulong Seed = 20_260_605;
    private const double MinutesOfQuarter = 15;

    /// <summary>How much more or less demand than in those weeks the share is worked out for; between them it is read off a line in its inverse.</summary>
    private static readonly double[] Grid = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5, 8, 13, 20];

    private readonly double[] _held;

    private LimitEffect(double[] held, double today, bool isOfAll) => (_held, Today, IsOfAll) = (held, today, isOfAll);

    /// <summary>One limit over the whole organisation, and none of a team.</summary>
    public bool IsOfAll { get; }

    /// <summary>What limits of the same scope that stand before it hold back already, which is in <see cref="Held"/>; null: it is the first.</summary>
    public LimitEffect? Earlier { get; init; }

    /// <summary>The share that it would have held back since the first of those quarters, with what was imported since.</summary>
    public double Today { get; }

    /// <summary>By path and piece, the share held back, with what those before it do.</summary>
    public double Held(int path, int piece) => _held[path * HorizonCalendar.Pieces + piece];

    /// <summary>What it holds back that those before it let through, as a share of what there was without any of them.</summary>
    public double More(int path, int piece) => Earlier is null ? Held(path, piece) : Math.Max(0, Held(path, piece) - Earlier.Held(path, piece));

    /// <param name="quarters">Of the last four weeks.</param>
    /// <param name="cost">Of whom the limit is, by path and piece, the rest of today in piece 0.</param>
    /// <param name="days">That each piece has.</param>
    /// <param name="earlier">Of the limits of its scope that stand before it, which <paramref name="limit"/> is with; null: it is alone.</param>
    public static LimitEffect Of(LimitChange limit, IReadOnlyList<QuarterLoad> quarters, Func<int, int, long> cost, double[] days, LimitEffect? earlier = null)
    {
        var held = new double[JointPaths.Paths * HorizonCalendar.Pieces];
        var spent = quarters.Sum(quarter => (double)quarter.CostNanos);
        if (spent <= 0)
        {
            return new LimitEffect(held, 0, limit.TeamId.Length == 0) { Earlier = earlier };
        }

        var byDay = ByDay(limit, quarters);
        var random = new Randomness(Seed ^ Randomness.SeedOf(limit.TeamId));
        var first = quarters.Where(quarter => quarter.IsLive).Min(quarter => quarter.Day);
        var (daily, shares) = (spent / (byDay.Length - Math.Clamp(first, 0, byDay.Length - 1)), new double[Grid.Length]);
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            Draw(byDay, random, shares);
            for (var piece = 0; piece < HorizonCalendar.Pieces; piece++)
            {
                var usual = daily * days[piece];
                held[path * HorizonCalendar.Pieces + piece] = usual > 0 ? At(shares, cost(path, piece) / usual) : 0;
            }
        }

        double[] known = [.. Grid.Select((_, at) => byDay.Sum(day => day.Held[at]) / spent)];
        var withImported = 1 + Math.Max(0, quarters.Where(quarter => quarter.Day >= first).Sum(quarter => (double)quarter.ImportedNanos)) / spent;
        return new LimitEffect(held, At(known, withImported), limit.TeamId.Length == 0) { Earlier = earlier };
    }

    /// <summary>Expected calls above a capacity, of a mean.</summary>
    public static double Excess(double mean, double capacity)
    {
        if (mean <= 0 || capacity > mean + 10 * Math.Sqrt(mean) + 10)
        {
            return 0;
        }

        if (mean > 400)
        {
            // Normal from here on: the difference is below a thousandth of the mean.
            var deviation = Math.Sqrt(mean);
            var z = (capacity - mean) / deviation;
            return deviation * (Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI)) - (capacity - mean) * UpperTail(z);
        }

        // mean − capacity + Σ below the capacity of (capacity − n) × p(n).
        var (probability, below) = (Math.Exp(-mean), 0.0);
        for (var n = 0; n < capacity; n++)
        {
            below += (capacity - n) * probability;
            probability *= mean / (n + 1);
        }

        return Math.Max(0, mean - capacity + below);
    }

    private static (double Cost, double[] Held)[] ByDay(LimitChange limit, IReadOnlyList<QuarterLoad> quarters)
    {
        var days = Enumerable.Range(0, Days).Select(_ => (Cost: 0.0, Held: new double[Grid.Length])).ToArray();
        foreach (var quarter in quarters.Where(quarter => quarter is { Calls: > 0, CostNanos: > 0 }))
        {
            var tokens = quarter.Tokens / (double)quarter.Calls;
            var capacity = Math.Min(limit.Requests ?? double.MaxValue, limit.Tokens is { } most && tokens > 0 ? most / tokens : double.MaxValue);
            ref var day = ref days[Math.Clamp(quarter.Day, 0, Days - 1)];
            day.Cost += quarter.CostNanos;
            for (var i = 0; i < Grid.Length; i++)
            {
                var mean = quarter.Calls * Grid[i] / MinutesOfQuarter;
                day.Held[i] += quarter.CostNanos * Math.Min(1, Excess(mean, capacity) / mean);
            }
        }

        return days;
    }

    private static void Draw((double Cost, double[] Held)[] byDay, Randomness random, double[] shares)
    {
        Array.Clear(shares);
        var cost = 0.0;
        for (var i = 0; i < byDay.Length; i++)
        {
            var day = byDay[(int)(random.NextDouble() * byDay.Length)];
            cost += day.Cost;
            for (var at = 0; at < shares.Length; at++)
            {
                shares[at] += day.Held[at];
            }
        }

        for (var at = 0; at < shares.Length; at++)
        {
            shares[at] = cost > 0 ? Math.Clamp(shares[at] / cost, 0, 1) : 0;
        }
    }

    private static double At(double[] shares, double growth)
    {
        if (growth <= Grid[0])
        {
            return shares[0] * growth / Grid[0];
        }

        var above = Array.FindIndex(Grid, at => at >= growth);
        if (above < 0)
        {
            return shares[^1];
        }

        // What is above a steady limit is a straight line in the inverse of demand.
        var part = (1 / Grid[above - 1] - 1 / growth) / (1 / Grid[above - 1] - 1 / Grid[above]);
        return shares[above - 1] + part * (shares[above] - shares[above - 1]);
    }

    /// <summary>Of the standard normal (Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8).</summary>
    private static double UpperTail(double z)
    {
        var t = 1 / (1 + 0.2316419 * Math.Abs(z));
        var tail = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return z >= 0 ? tail : 1 - tail;
    }
}
