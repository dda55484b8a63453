using Platform.Contracts.Metering.V1;

namespace Platform.Routing.Holds;

internal enum HoldEndingKind
{
    /// <summary>Shrink the hold to what the attempt cost. Posting settles it anyway, so this is tried a few times only.</summary>
    Report,

    /// <summary>Give the hold back whole. Owed until Wallet has answered.</summary>
    Release,

    /// <summary>Keep the hold in suspense. Owed until Wallet has answered.</summary>
    Suspend,

    /// <summary>Take the attempt out of its lease and into suspense. Owed until Wallet has answered.</summary>
    SuspendDraw,
}

/// <summary>What Wallet is to be told of a hold.</summary>
/// <param name="AmountNanos">The cost that is reported, or what goes to suspense; else 0.</param>
/// <param name="Event">What is known of an attempt that goes to suspense; else null.</param>
/// <param name="Refusal">Why Wallet does not take it: it is to be kept among the dead letters, which did not take it either so far; else null.</param>
internal sealed record HoldEnding(HoldEndingKind Kind, Guid AttemptId, long AmountNanos, string Reason, UsageEvent? Event = null, string? Refusal = null);
