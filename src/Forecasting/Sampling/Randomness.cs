namespace Platform.Forecasting.Sampling;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): a stated generator, so that a seed gives the same paths on every machine and in every version of the runtime.
/// </summary>
internal sealed class Randomness(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Evenly spread over 0 (included) to 1 (excluded), 53 bits.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Evenly spread over 0 (included) to the bound (excluded).</summary>
    public int NextInt(int bound) => (int)(NextDouble() * bound);

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
