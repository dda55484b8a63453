namespace Platform.Forecasting.Sampling;

/// <summary>Quantiles of values that do not count alike: on the line between the values, each standing at the middle of its share.</summary>
internal sealed class WeightedQuantiles
{
    private readonly double[] _values;
    private readonly double[] _at;

    /// <param name="entries">Values and weights above zero; at least one.</param>
    public WeightedQuantiles(IEnumerable<(double Value, double Weight)> entries)
    {
        var sorted = entries.OrderBy(entry => entry.Value).ToArray();
        var all = sorted.Sum(entry => entry.Weight);
        var below = 0.0;
        _values = [.. sorted.Select(entry => entry.Value)];
        _at = new double[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
        {
            _at[i] = (below + sorted[i].Weight / 2) / all;
            below += sorted[i].Weight;
        }
    }

    public double At(double probability)
    {
        var found = Array.BinarySearch(_at, probability);
        var above = found < 0 ? ~found : found;
        if (above == 0 || above == _at.Length)
        {
            return _values[Math.Min(above, _at.Length - 1)];
        }

        return _values[above - 1] + (_values[above] - _values[above - 1]) * (probability - _at[above - 1]) / (_at[above] - _at[above - 1]);
    }
}
