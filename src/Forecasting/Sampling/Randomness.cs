namespace Platform.Forecasting.Sampling;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): a stated generator, so that a seed gives the same paths on every machine and in every version of the runtime.
/// </summary>
public sealed class Randomness(ulong seed)
{
    private ulong _state = seed;
    private double _spare = double.NaN;

    /// <summary>A seed of its own for a part of what is drawn: the same whatever is drawn beside it.</summary>
    /// <param name="part">Of a fixed order or by name (<see cref="SeedOf(string)"/>).</param>
    public static ulong SeedOf(ulong seed, ulong part) => new Randomness(unchecked(seed ^ (part * 0x9E3779B97F4A7C15))).Next();

    /// <summary>FNV-1a over UTF-16 units, which is the same in every process.</summary>
    public static ulong SeedOf(string name)
    {
        var hash = 14695981039346656037;
        foreach (var unit in name)
        {
            hash = unchecked((hash ^ unit) * 1099511628211);
        }

        return hash;
    }

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

    /// <summary>Standard normals.</summary>
    public void Fill(Span<double> normals)
    {
        for (var i = 0; i < normals.Length; i++)
        {
            normals[i] = NextNormal();
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
