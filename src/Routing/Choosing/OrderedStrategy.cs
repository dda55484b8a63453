namespace Platform.Routing.Choosing;

/// <summary>The first of the list; the others are its reserve.</summary>
internal sealed class OrderedStrategy : ITargetStrategy
{
    public int Pick(ReadOnlySpan<Candidate> candidates, Random random) => 0;
}
