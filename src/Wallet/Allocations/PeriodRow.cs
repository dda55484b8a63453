using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Allocations;

internal enum PeriodState
{
    Running = 1,

    /// <summary>Over, and part of what must return to the wallet above is still set aside for calls.</summary>
    Ending = 2,

    Ended = 3,
}

/// <summary>Money of one period in one wallet; the one without an end is the rest of what the wallet has.</summary>
/// <param name="AllocationId">Null for the money without an end.</param>
/// <param name="TransferId">That brought it; null for the money without an end.</param>
/// <param name="Amount">What the period began with; 0 for the money without an end.</param>
/// <param name="Remaining">What was unspent of it when a period of the wallet last began or ended, and what came without an end since.</param>
/// <param name="Returned">What has gone back to the wallet above.</param>
internal sealed record PeriodRow(
    Guid PeriodId,
    Guid? AllocationId,
    string WalletId,
    Guid? TransferId,
    long Amount,
    long Remaining,
    long Returned,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    PeriodEnd AtEnd,
    PeriodState State);
