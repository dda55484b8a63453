namespace Platform.Routing.Holds;

internal enum HoldEndingKind
{
    /// <summary>Shrink the hold to what the attempt cost. Posting settles it anyway, so this is tried a few times only.</summary>
    Report,

    /// <summary>Give the hold back whole. Owed until Wallet has answered.</summary>
    Release,

    /// <summary>Keep the hold in suspense. Owed until Wallet has answered.</summary>
    Suspend,
}

/// <summary>What Wallet is to be told of a hold.</summary>
internal sealed record HoldEnding(HoldEndingKind Kind, Guid AttemptId, long CostNanos, string Reason);
