namespace Platform.Routing.Choosing;

/// <summary>A target that may be tried for a call, with what strategies look at, as of one moment.</summary>
/// <param name="Option">Null where it is only asked which one a call would have got.</param>
/// <param name="Weight">Of the set; 0: only when nothing else is left.</param>
/// <param name="CostNanos">What the call is estimated to cost there; 0 where the strategy does not ask.</param>
/// <param name="FirstTokenMs">A decaying average; 0 while nothing is known.</param>
/// <param name="OpenAttempts">Sent and not ended, in this replica.</param>
internal readonly record struct Candidate(TargetOption? Option, int Weight, long CostNanos, double FirstTokenMs, int OpenAttempts);
