using Platform.Forecasting.Models;

namespace Platform.Forecasting.Sampling;

/// <summary>
/// Equally likely futures of one series. Every figure is read off them: a sum has the quantiles of the paths' sums, which are not the sums of the
/// days' quantiles. No value is below zero.
/// </summary>
public sealed class SamplePaths
{
    private readonly double[] _values;

    private SamplePaths(int count, int horizon, double[] values)
    {
        Count = count;
        Horizon = horizon;
        _values = values;
    }

    public int Count { get; }

    /// <summary>Steps a path.</summary>
    public int Horizon { get; }

    /// <summary>The value of a path at a step, both counted from 0.</summary>
    public double this[int path, int step] => _values[path * Horizon + step];

    /// <summary>One path, step by step.</summary>
    public ReadOnlySpan<double> Path(int path) => _values.AsSpan(path * Horizon, Horizon);

    /// <summary>Draws paths from a fitted model.</summary>
    /// <param name="season">Observations a season.</param>
    /// <param name="bandScale">
    /// How far paths stand from the point forecast, as a multiple of what the model's own errors say; 1 leaves them where they are.
    /// </param>
    public static SamplePaths Draw(IFittedModel fit, int horizon, int count, int season, double bandScale, ulong seed)
    {
        var randomness = new Randomness(seed);
        var bootstrap = new ResidualBootstrap(fit.Residuals, season);
        var centre = fit.Predict(horizon);
        var shocks = new double[horizon];
        var values = new double[count * horizon];
        for (var path = 0; path < count; path++)
        {
            bootstrap.Draw(randomness, shocks);
            var drawn = values.AsSpan(path * horizon, horizon);
            fit.Continue(shocks, drawn);
            for (var step = 0; step < horizon; step++)
            {
                drawn[step] = Math.Max(0, centre[step] + bandScale * (drawn[step] - centre[step]));
            }
        }

        return new SamplePaths(count, horizon, values);
    }

    /// <summary>The same paths in another unit.</summary>
    public SamplePaths Scaled(double factor) => new(Count, Horizon, [.. _values.Select(value => value * factor)]);

    /// <summary>What every path comes to, ascending.</summary>
    /// <param name="total">A figure of one path that grows with its values, for example a sum.</param>
    public double[] Sorted(Func<int, double> total)
    {
        var totals = new double[Count];
        for (var path = 0; path < Count; path++)
        {
            totals[path] = total(path);
        }

        Array.Sort(totals);
        return totals;
    }

    /// <summary>Sum of a path's steps from <paramref name="from"/> (included) to <paramref name="to"/> (excluded).</summary>
    public double Sum(int path, int from, int to)
    {
        var sum = 0.0;
        for (var step = from; step < to; step++)
        {
            sum += this[path, step];
        }

        return sum;
    }

    /// <summary>The band of one step.</summary>
    public Band Step(int step) => Band.Of(Sorted(path => this[path, step]));

    /// <summary>The band of the sum over steps from <paramref name="from"/> (included) to <paramref name="to"/> (excluded).</summary>
    public Band Total(int from, int to) => Band.Of(Sorted(path => Sum(path, from, to)));
}

/// <summary>An 80 % band with its middle: P10 ≤ P50 ≤ P90.</summary>
public readonly record struct Band(double P10, double P50, double P90)
{
    /// <param name="sorted">Ascending; at least one.</param>
    public static Band Of(double[] sorted) => new(Quantile(sorted, 0.1), Quantile(sorted, 0.5), Quantile(sorted, 0.9));

    /// <summary>Linear between order statistics (type 7 of Hyndman and Fan 1996).</summary>
    public static double Quantile(double[] sorted, double probability)
    {
        var at = probability * (sorted.Length - 1);
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
