using System.Text.Json;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Alerts;

/// <summary>The events that a ledger unit owes: what people moved, and low-balance levels that were crossed, and wallets that were overdrawn. Pure.</summary>
internal static class LedgerEvents
{
    public static IEnumerable<OwedEvent> OfTransfers(LedgerUnit unit) => unit.OfPeople().Select(transfer =>
        new OwedEvent(transfer.TransferId, new AllocationChanged(
            transfer.TransferId, JsonNamingPolicy.SnakeCaseLower.ConvertName(transfer.Kind.ToString()), From(unit, transfer), To(unit, transfer),
            transfer.Amount, unit[transfer.ToWallet].Currency, transfer.Details.Actor, transfer.Details.Description, transfer.Details.OccurredAt,
            transfer.RecordedAt)));

    public static IEnumerable<OwedEvent> OfBalance(WalletAccounts wallet, LowBalance decision, Overdraft overdraft, DateTimeOffset now)
    {
        if (overdraft.IsNews)
        {
            var id = Guid.CreateVersion7(now);
            yield return new OwedEvent(id, new WalletOverdrawn(
                id, wallet.WalletId, wallet.TeamId, wallet.UserId, wallet.ApplicationId, wallet.Overage, wallet.Currency, now));
        }

        var (balance, putIn, setAside) = (LowBalance.Balance(wallet), wallet.LowBase, Math.Max(0, wallet.Left - wallet.Available - wallet.Undrawn));
        foreach (var level in decision.Crossed)
        {
            var id = Guid.CreateVersion7(now);
            yield return new OwedEvent(id, new WalletLow(
                id, wallet.WalletId, wallet.TeamId, wallet.UserId, wallet.ApplicationId, level, balance, putIn, wallet.Currency, now, setAside));
        }

        if (decision.Exhausted)
        {
            var id = Guid.CreateVersion7(now);
            yield return new OwedEvent(id, new WalletExhausted(
                id, wallet.WalletId, wallet.TeamId, wallet.UserId, wallet.ApplicationId, balance, putIn, wallet.Currency, now, setAside));
        }
    }

    private static AllocationSide? From(LedgerUnit unit, TransferRow transfer) =>
        transfer.FromAccount == Account.Funding ? null : Side(unit[transfer.FromWallet], transfer.FromBefore - transfer.Amount);

    private static AllocationSide? To(LedgerUnit unit, TransferRow transfer) =>
        transfer.ToAccount == Account.Funding ? null : Side(unit[transfer.ToWallet], transfer.AvailableAfter);

    private static AllocationSide Side(WalletAccounts wallet, long available) =>
        new(wallet.WalletId, wallet.TeamId, wallet.UserId, wallet.ApplicationId, available);
}
