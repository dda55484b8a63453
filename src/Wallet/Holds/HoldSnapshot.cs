using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Holds;

/// <summary>A hold as it stands while its wallet is locked. Amounts in nano-units.</summary>
/// <param name="WalletId">Null for a tombstone: released before it was made.</param>
/// <param name="Bound">What was first set aside.</param>
/// <param name="Held">What is still set aside, in held or (suspended) in suspense; 0 once ended.</param>
/// <param name="Reported">The holder's reported cost; null before its report.</param>
/// <param name="Settled">What an operator posted by decision; null otherwise and after a usage record took its place.</param>
/// <param name="Reason">Why it went to suspense or was released; empty otherwise.</param>
internal sealed record HoldSnapshot(
    Guid AttemptId,
    string? WalletId,
    long Bound,
    long Held,
    HoldState State,
    long? Reported,
    long? Settled,
    string Reason,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? SentAt,
    string Model,
    DateTimeOffset OccurredAt)
{
    public bool IsEnded => State is HoldState.Posted or HoldState.Released or HoldState.Expired;
}
