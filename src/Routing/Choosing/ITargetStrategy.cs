namespace Platform.Routing.Choosing;

/// <summary>How one of several targets is chosen. Pure: equal candidates and equal random numbers make equal choices.</summary>
internal interface ITargetStrategy
{
    /// <summary>The place of the candidate that is to be tried next.</summary>
    /// <param name="candidates">In the order of the policy; at least one.</param>
    int Pick(ReadOnlySpan<Candidate> candidates, Random random);
}
