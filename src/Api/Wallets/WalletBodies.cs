using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Api.Wallets;

/// <summary>A wallet as people know it. Invariant: total_allocated - moved_out + overage = balance + reserved + suspense + total_spent.</summary>
/// <param name="Scope">organisation or team.</param>
/// <param name="Balance">What is available.</param>
/// <param name="Reserved">Set aside for calls that are under way.</param>
/// <param name="Suspense">Set aside for calls whose usage is unknown.</param>
/// <param name="TotalAllocated">All that came in.</param>
/// <param name="MovedOut">All that was moved to wallets below.</param>
/// <param name="Overage">Spent beyond funding and not yet repaid.</param>
/// <param name="Status">healthy, low or depleted.</param>
internal sealed record WalletBody(
    string WalletId, string Scope, string TeamId, string Name, string Currency, Money Balance, Money Reserved, Money Suspense,
    Money TotalAllocated, Money MovedOut, Money TotalSpent, Money Overage, string Status)
{
    public static WalletBody From(WalletView view) => new(
        view.WalletId, EnumText.Of(view.Scope), view.TeamId, view.Name, view.Currency, new(view.AvailableNanos), new(view.HeldNanos),
        new(view.SuspenseNanos), new(view.CreditedNanos), new(view.MovedOutNanos), new(view.SpentNanos), new(view.OverageNanos), EnumText.Of(view.Status));
}

/// <summary>One immutable transfer between two accounts, as seen from one wallet.</summary>
/// <param name="Amount">Always positive; the accounts say which way it went.</param>
/// <param name="BalanceBefore">The wallet's available balance before.</param>
/// <param name="Actor">Key id of who did it, or the service's name.</param>
internal sealed record TransferBody(
    string TransferId, string Kind, string WalletId, Money Amount, string Currency, string FromAccount, string ToAccount, Money BalanceBefore,
    Money BalanceAfter, string Actor, string Description, string Reference, string AttemptId, DateTimeOffset? OccurredAt, DateTimeOffset? RecordedAt)
{
    public static TransferBody From(Transfer transfer) => new(
        transfer.TransferId, EnumText.Of(transfer.Kind), transfer.WalletId, new(transfer.AmountNanos), transfer.Currency, transfer.FromAccount,
        transfer.ToAccount, new(transfer.AvailableBeforeNanos), new(transfer.AvailableAfterNanos), transfer.Actor, transfer.Description,
        transfer.Reference, transfer.AttemptId, transfer.OccurredAt.ToMoment(), transfer.RecordedAt.ToMoment());
}
