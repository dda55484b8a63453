namespace Platform.Routing.Choosing;

/// <summary>Where this call is estimated to cost least; of equals the first of the list.</summary>
internal sealed class LowestCostStrategy : ITargetStrategy
{
    public int Pick(ReadOnlySpan<Candidate> candidates, Random random)
    {
        var best = 0;
        for (var i = 1; i < candidates.Length; i++)
        {
            best = candidates[i].CostNanos < candidates[best].CostNanos ? i : best;
        }

        return best;
    }
}
