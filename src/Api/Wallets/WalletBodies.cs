using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Api.Wallets;

/// <summary>A wallet as people know it. Invariant: total_allocated - moved_out + overage = balance + reserved + suspense + total_spent.</summary>
/// <param name="Scope">organisation, team, user or application.</param>
/// <param name="UserId">Empty unless the wallet is one user's; so is application_id.</param>
/// <param name="ParentId">The wallet that funds this one; empty for the organisation's.</param>
/// <param name="Balance">What is available, leased money that no call has drawn included.</param>
/// <param name="Reserved">Set aside for calls that are under way.</param>
/// <param name="Suspense">Set aside for calls whose usage is unknown.</param>
/// <param name="TotalAllocated">What was put into it and the wallets below, less what was taken back.</param>
/// <param name="MovedOut">The part of it that was moved to wallets below.</param>
/// <param name="Overage">Spent beyond funding and not yet repaid.</param>
/// <param name="Status">healthy, low or depleted.</param>
/// <param name="Frozen">Nothing is set aside from it.</param>
/// <param name="Observe">Would-be refusals are recorded instead of refused: it is outside the ceiling's claim.</param>
/// <param name="OverflowToParent">What the wallet cannot cover is charged to the organisation, and marked.</param>
/// <param name="EmptyWaitSeconds">How long a call waits for funds before it is refused, 0 to 60.</param>
/// <param name="LowPercents">Low-balance levels in percent of what was left when money last came in, descending; empty: none.</param>
internal sealed record WalletBody(
    string WalletId, string Scope, string TeamId, string UserId, string ApplicationId, string ParentId, string Name, string Currency, Money Balance,
    Money Reserved, Money Suspense, Money TotalAllocated, Money MovedOut, Money TotalSpent, Money Overage, string Status, bool Frozen, bool Observe,
    bool OverflowToParent, int EmptyWaitSeconds, IReadOnlyList<int> LowPercents)
{
    public static WalletBody From(WalletView view) => new(
        view.WalletId, EnumText.Of(view.Scope), view.TeamId, view.UserId, view.ApplicationId, view.ParentId, view.Name, view.Currency,
        new(view.AvailableNanos + view.LeasedUndrawnNanos), new(view.HeldNanos - view.LeasedUndrawnNanos), new(view.SuspenseNanos),
        new(view.CreditedNanos), new(view.MovedOutNanos), new(view.SpentNanos), new(view.OverageNanos), EnumText.Of(view.Status),
        view.Policy?.Frozen ?? false, view.Policy?.Observe ?? false, view.Policy?.OverflowToParent ?? false, view.Policy?.EmptyWaitSeconds ?? 0,
        [.. view.Policy?.LowPercents ?? []]);
}

/// <summary>What a wallet spends, less refunds, by the moment of recording.</summary>
/// <param name="Daily">The last seven days' a day.</param>
/// <param name="Outlook">depleted, not_at_this_rate, beyond_ten_years or projected.</param>
/// <param name="DepletesAt">When the balance ends at the daily rate; null unless projected.</param>
internal sealed record BurnRateBody(
    Money LastDay, [property: System.Text.Json.Serialization.JsonPropertyName("last_7_days")] Money Last7Days,
    [property: System.Text.Json.Serialization.JsonPropertyName("last_30_days")] Money Last30Days, Money Daily, string Outlook, DateTimeOffset? DepletesAt)
{
    public static BurnRateBody From(BurnRate rate) => new(
        new(rate.LastDayNanos), new(rate.Last7DaysNanos), new(rate.Last30DaysNanos), new(rate.DailyNanos), EnumText.Of(rate.Outlook), rate.DepletesAt.ToMoment());
}

/// <summary>One immutable transfer between two accounts, as seen from one wallet.</summary>
/// <param name="Amount">Always positive; the accounts say which way it went.</param>
/// <param name="BalanceBefore">The wallet's available balance before.</param>
/// <param name="Actor">Key id of who did it, or the service's name.</param>
/// <param name="Corrects">The transfer that this one takes back; empty otherwise.</param>
/// <param name="Overflow">Charged to the organisation for a wallet below that could not cover it.</param>
/// <param name="Observed">Would have been refused, but its wallet only observes.</param>
internal sealed record TransferBody(
    string TransferId, string Kind, string WalletId, Money Amount, string Currency, string FromAccount, string ToAccount, Money BalanceBefore,
    Money BalanceAfter, string Actor, string Description, string Reference, string AttemptId, string LeaseId, string Corrects, bool Overflow, bool Observed,
    DateTimeOffset? OccurredAt, DateTimeOffset? RecordedAt, string IdempotencyKey)
{
    public static TransferBody From(Transfer transfer) => new(
        transfer.TransferId, EnumText.Of(transfer.Kind), transfer.WalletId, new(transfer.AmountNanos), transfer.Currency, transfer.FromAccount,
        transfer.ToAccount, new(transfer.AvailableBeforeNanos), new(transfer.AvailableAfterNanos), transfer.Actor, transfer.Description,
        transfer.Reference, transfer.AttemptId, transfer.LeaseId, transfer.Corrects, transfer.Overflow, transfer.Observed,
        transfer.OccurredAt.ToMoment(), transfer.RecordedAt.ToMoment(), transfer.IdempotencyKey);
}
