namespace Platform.Cli.Demo;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, 2014), written out so that a seed gives the same history on every machine and in every release of .NET.
/// </summary>
internal sealed class SeededRandom(ulong seed)
{
    private const double Unit = 1.0 / (1UL << 53);
    private ulong _state = seed;

    /// <summary>A generator of its own for one day, team and workload, so that a longer history does not change the days it shares with a shorter one.</summary>
    public static SeededRandom For(int seed, DateOnly day, string stream)
    {
        unchecked
        {
            // FNV-1a over the parts.
            var hash = 14695981039346656037UL;
            foreach (var character in $"{seed}/{day.DayNumber}/{stream}")
            {
                hash = (hash ^ character) * 1099511628211UL;
            }

            return new SeededRandom(hash);
        }
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextUnit() => (Next() >> 11) * Unit;

    /// <summary>Normal with mean 0 and deviation 1 (Box and Muller, 1958).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextUnit())) * Math.Cos(2 * Math.PI * NextUnit());

    private ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15UL;
            var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9UL;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
            return mixed ^ (mixed >> 31);
        }
    }
}
