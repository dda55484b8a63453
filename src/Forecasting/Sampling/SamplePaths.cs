namespace Platform.Forecasting.Sampling;

/// <summary>
/// Equally likely futures of one series. Every figure is read off them: a sum has the quantiles of the paths' sums, which are not the sums of the
/// days' quantiles. No value is below zero.
/// </summary>
public sealed class SamplePaths
{
    private readonly double[] _values;

    internal SamplePaths(int count, int horizon, double[] values)
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

    /// <summary>
    /// The sum of several series, path by path, so that whatever is read off the sums is coherent with the parts: means add up exactly, and a team is
    /// never dearer than its organisation.
    /// </summary>
    /// <param name="parts">At least one, all with the same count and horizon.</param>
    /// <exception cref="ArgumentException">The parts differ in count or horizon.</exception>
    public static SamplePaths Add(IReadOnlyList<SamplePaths> parts)
    {
        var values = new double[parts[0]._values.Length];
        foreach (var part in parts)
        {
            if (part.Count != parts[0].Count || part.Horizon != parts[0].Horizon)
            {
                throw new ArgumentException("Paths can only be added with as many paths of as many steps.", nameof(parts));
            }

            for (var i = 0; i < values.Length; i++)
            {
                values[i] += part._values[i];
            }
        }

        return new SamplePaths(parts[0].Count, parts[0].Horizon, values);
    }

    /// <summary>One path, step by step.</summary>
    public ReadOnlySpan<double> Path(int path) => _values.AsSpan(path * Horizon, Horizon);

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

    /// <summary>Mean of all paths at a step.</summary>
    public double Mean(int step)
    {
        var sum = 0.0;
        for (var path = 0; path < Count; path++)
        {
            sum += this[path, step];
        }

        return sum / Count;
    }

    /// <summary>The band of one step.</summary>
    public Band Step(int step) => Band.Of(Sorted(path => this[path, step]));

    /// <summary>The band of the sum over steps from <paramref name="from"/> (included) to <paramref name="to"/> (excluded).</summary>
    public Band Total(int from, int to) => Band.Of(Sorted(path => Sum(path, from, to)));
}
