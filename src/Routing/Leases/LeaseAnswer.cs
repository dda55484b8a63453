using Platform.Contracts.Wallet.V1;

namespace Platform.Routing.Leases;

/// <summary>What Wallet's answer to an ask means for the lease that was asked for.</summary>
internal enum LeaseAnswer
{
    /// <summary>Take the granted total, which may have nothing new in it.</summary>
    Take,

    /// <summary>Another lease of this holder has the same scope: draw from that one.</summary>
    Redirect,

    /// <summary>Nothing for now: calls are held one by one, and their refusals, if any, come from there.</summary>
    Later,

    /// <summary>Nothing may be drawn from it any more.</summary>
    Retire,
}

/// <summary>Pure.</summary>
internal static class LeaseAnswers
{
    /// <param name="isAnotherLease">The answer names another lease than was asked for.</param>
    /// <param name="isNew">Nothing of the lease was granted before.</param>
    public static LeaseAnswer Decide(LeaseOutcome outcome, bool isAnotherLease, bool isNew) => outcome switch
    {
        LeaseOutcome.Granted or LeaseOutcome.Unchanged => isAnotherLease ? LeaseAnswer.Redirect : LeaseAnswer.Take,
        LeaseOutcome.UseHolds => LeaseAnswer.Later,

        // Whose lease this is, or in which currency, was decided when it was made: it is stale. A frozen wallet lends nothing on.
        LeaseOutcome.TeamNotFound or LeaseOutcome.CurrencyMismatch or LeaseOutcome.Frozen => isNew ? LeaseAnswer.Later : LeaseAnswer.Retire,
        LeaseOutcome.ExistsDifferent or LeaseOutcome.Ended => LeaseAnswer.Retire,
        LeaseOutcome.Unspecified => LeaseAnswer.Later,
    };
}
