using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Holds;

/// <summary>What the ledger found when it was asked to set a bound aside.</summary>
/// <param name="WalletId">The team's wallet; null when there is none.</param>
/// <param name="Available">After the hold if it was created, else what is there.</param>
/// <param name="Created">The hold was made by this request.</param>
/// <param name="Denied">The attempt was refused for funds before.</param>
/// <param name="ExistingState">State of a hold that had the id already; null when there was none.</param>
/// <param name="ExistingWallet">Its wallet; null for a tombstone.</param>
internal sealed record CreateHoldFacts(
    string? WalletId,
    string? Currency,
    long Available,
    bool Created,
    bool Denied,
    HoldState? ExistingState,
    string? ExistingWallet,
    long? ExistingBound);

/// <summary>Names the outcome of a request for a hold, in the contract's order of precedence. Pure.</summary>
internal static class CreateHoldDecision
{
    public static HoldOutcome Decide(CreateHoldFacts facts, long boundNanos, string currency) => facts switch
    {
        { WalletId: null } => HoldOutcome.TeamNotFound,
        _ when facts.Currency != currency => HoldOutcome.CurrencyMismatch,
        { ExistingState: not null, ExistingWallet: not null } when facts.ExistingWallet != facts.WalletId || facts.ExistingBound != boundNanos =>
            HoldOutcome.ExistsDifferent,
        { ExistingState: HoldState.Pending or HoldState.Sent or HoldState.Reported } => HoldOutcome.Exists,
        { ExistingState: not null } => HoldOutcome.AlreadyEnded,
        { Created: true } => HoldOutcome.Held,
        _ => HoldOutcome.InsufficientFunds,
    };
}
