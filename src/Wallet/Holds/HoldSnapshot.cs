using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>A hold as it stands while its wallet is locked. Amounts in nano-units.</summary>
/// <param name="WalletId">Null for a tombstone: released before it was made.</param>
/// <param name="Bound">What was asked for. Also what was first set aside, unless the wallet only observes and had less.</param>
/// <param name="Held">What is still set aside, in held or (suspended) in suspense; 0 once ended.</param>
/// <param name="Reported">The holder's reported cost; null before its report.</param>
/// <param name="Reason">Why it went to suspense or was released; empty otherwise.</param>
/// <param name="ExpiresAt">When time ends it while it is pending (it returns) or sent (it goes to suspense); of no meaning in other states.</param>
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
    DateTimeOffset OccurredAt)
{
    /// <summary>Whose call it is, which the charged wallet alone does not say. Empty for a tombstone.</summary>
    public string TeamId { get; init; } = "";

    /// <summary>Empty where there is none.</summary>
    public string UserId { get; init; } = "";

    /// <summary>Empty where there is none.</summary>
    public string ApplicationId { get; init; } = "";

    public TransferMarks Marks { get; init; }

    /// <summary>The cap accounts that it was debited from, ascending; they get back what returns.</summary>
    public long[] CapAccounts { get; init; } = [];

    public bool IsEnded => State is HoldState.Posted or HoldState.Released or HoldState.Expired;
}

/// <summary>A hold to be written for the first time.</summary>
/// <param name="Context">The attempt's context as protobuf's bytes; empty for a tombstone.</param>
internal sealed record NewHold(HoldSnapshot Hold, byte[] Context);
