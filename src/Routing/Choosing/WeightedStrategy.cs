namespace Platform.Routing.Choosing;

/// <summary>By chance, each as often as its share of the weights. Those without weight only when no other is left, in order.</summary>
internal sealed class WeightedStrategy : ITargetStrategy
{
    public int Pick(ReadOnlySpan<Candidate> candidates, Random random) => Draw(candidates, static candidate => candidate.Weight, random);

    /// <summary>Of anything that has a weight; at least one.</summary>
    public static int Draw<T>(ReadOnlySpan<T> candidates, Func<T, int> weightOf, Random random)
    {
        var total = 0L;
        foreach (var candidate in candidates)
        {
            total += weightOf(candidate);
        }

        if (total == 0)
        {
            return 0;
        }

        var drawn = random.NextInt64(total);
        for (var i = 0; ; i++)
        {
            drawn -= weightOf(candidates[i]);
            if (drawn < 0)
            {
                return i;
            }
        }
    }
}
