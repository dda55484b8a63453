using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Holds;

/// <summary>A hold as it stands while its wallet is locked. Amounts in nano-units.</summary>
/// <param name="WalletId">Null for a tombstone: released before it was made.</param>
/// <param name="Bound">What was first set aside.</param>
/// <param name="Held">What is still set aside, in held or (suspended) in suspense; 0 once ended.</param>
/// <param name="Reported">The holder's reported cost; null before its report.</param>
/// <param name="ContextJson">The attempt's context as it was made with, in protobuf's JSON.</param>
/// <param name="Reason">Why it went to suspense or was released; empty otherwise.</param>
internal sealed record HoldSnapshot(
    Guid AttemptId,
    string? WalletId,
    long Bound,
    long Held,
    HoldState State,
    long? Reported,
    string Reason,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? SentAt,
    string ContextJson,
    DateTimeOffset OccurredAt)
{
    public bool IsEnded => State is HoldState.Posted or HoldState.Released or HoldState.Expired;
}
