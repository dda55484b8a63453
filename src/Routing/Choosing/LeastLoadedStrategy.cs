namespace Platform.Routing.Choosing;

/// <summary>
/// Of two by chance the one with fewer attempts under way (the power of two choices: Mitzenmacher, IEEE TPDS 12(10), 2001): nearly as even as looking at all, and
/// replicas that know only their own attempts do not all run to the same target.
/// </summary>
internal sealed class LeastLoadedStrategy : ITargetStrategy
{
    public int Pick(ReadOnlySpan<Candidate> candidates, Random random)
    {
        if (candidates.Length == 1)
        {
            return 0;
        }

        var one = random.Next(candidates.Length);
        var other = random.Next(candidates.Length - 1);
        other += other >= one ? 1 : 0;
        return candidates[other].OpenAttempts < candidates[one].OpenAttempts ? other : one;
    }
}
