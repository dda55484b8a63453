namespace Platform.Routing.Choosing;

/// <summary>
/// Whose answers have begun soonest lately. Of one of which nothing is known a first answer is waited for, with one attempt at a time; and one call in twenty goes
/// anywhere, so that a target that has become faster is found again.
/// </summary>
internal sealed class LowestLatencyStrategy : ITargetStrategy
{
    private const double ExploredShare = 0.05;

    public int Pick(ReadOnlySpan<Candidate> candidates, Random random)
    {
        if (random.NextDouble() < ExploredShare)
        {
            return random.Next(candidates.Length);
        }

        var best = 0;
        for (var i = 1; i < candidates.Length; i++)
        {
            best = Expected(candidates[i]) < Expected(candidates[best]) ? i : best;
        }

        return best;
    }

    private static double Expected(in Candidate candidate) =>
        candidate.FirstTokenMs > 0 ? candidate.FirstTokenMs
        : candidate.OpenAttempts == 0 ? 0
        : double.MaxValue;
}
