using Platform.Contracts;

namespace Platform.Cli.Reconcile;

/// <summary>What one leg says about one attempt: the sum of its rows, so that a correction counts with what it corrects.</summary>
internal readonly record struct LegSum(int Rows, Money Cost)
{
    public LegSum Add(Money cost) => new(Rows + 1, Cost + cost);
}

/// <summary>One attempt with all that the legs know of it.</summary>
internal sealed class Attempt(string attemptId)
{
    public string AttemptId { get; } = attemptId;

    public string TeamId { get; set; } = "";

    public string Model { get; set; } = "";

    /// <summary>leased, external or history; empty while only the bill or a hold knows the attempt.</summary>
    public string Funding { get; set; } = "";

    public string UpstreamKey { get; set; } = "";

    public DateTimeOffset OccurredAt { get; set; }

    /// <summary>The latest moment that any leg names for it: what happened after it is still on its way.</summary>
    public DateTimeOffset LatestAt { get; set; }

    public LegSum Bill { get; set; }

    /// <summary>The currency that the bill names for it when that is not the organisation's: it is on the bill, and its amount is in no sum. Else empty.</summary>
    public string BilledIn { get; set; } = "";

    public LegSum Meter { get; set; }

    public LegSum Ledger { get; set; }

    public LegSum Export { get; set; }

    /// <summary>The state of its hold when that has no end yet: pending, sent, reported or suspended.</summary>
    public string? OpenHold { get; set; }

    /// <summary>Why it is in suspense; empty otherwise.</summary>
    public string HoldReason { get; set; } = "";

    /// <summary>True when two legs name different teams or models for it.</summary>
    public bool IsMixed { get; set; }

    /// <summary>True when the bill names attempts that it did not echo for this day, key and model: the group is compared instead.</summary>
    public bool BilledInGroup { get; set; }
}
