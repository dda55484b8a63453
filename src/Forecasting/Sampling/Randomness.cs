namespace Platform.Forecasting.Sampling;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): a stated generator, so that a seed gives the same paths on every machine and in every version of the runtime.
/// </summary>
internal sealed class Randomness(ulong seed)
{
    private ulong _state = seed;
    private double _spare = double.NaN;

    /// <summary>Evenly spread over 0 (included) to 1 (excluded), 53 bits.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Standard normal, two at a time by Marsaglia's polar method.</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spare))
        {
            var kept = _spare;
            _spare = double.NaN;
            return kept;
        }

        while (true)
        {
            var (x, y) = (2 * NextDouble() - 1, 2 * NextDouble() - 1);
            var s = x * x + y * y;
            if (s is > 0 and < 1)
            {
                var factor = Math.Sqrt(-2 * Math.Log(s) / s);
                _spare = y * factor;
                return x * factor;
            }
        }
    }

    private ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            var z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
