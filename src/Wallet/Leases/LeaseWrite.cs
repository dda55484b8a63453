using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>Writes what decisions do to leases and their wallets, in one round trip.</summary>
internal sealed class LeaseWrite(LeaseRecall recall)
{
    /// <param name="seen">The lease before the decision; null for a new one.</param>
    /// <param name="addMore">What else goes into the round trip.</param>
    public async Task RunAsync(
        NpgsqlTransaction transaction, LedgerUnit unit, LeaseSnapshot? seen, LeaseSnapshot lease, IEnumerable<Move> moves, TransferDetails details,
        CancellationToken cancellationToken, Action<NpgsqlBatch>? addMore = null)
    {
        Move(unit, lease, moves, details);
        unit.AddUndrawn(lease.WalletId, lease.Drawable - (seen?.Drawable ?? 0));
        unit.AddDrawn(lease.WalletId, lease.Unposted - (seen?.Unposted ?? 0));
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        LedgerStore.AddTo(batch, unit);
        if (seen is null)
        {
            LeaseStore.AddInsertTo(batch, lease, unit.Now);
        }
        else
        {
            LeaseStore.AddTo(batch, [lease], unit.Now);
        }

        AddAnswerTo(batch, seen, lease);
        AddSuspensionTo(batch, unit, seen, lease);
        addMore?.Invoke(batch);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes what one unit did to several leases.</summary>
    public async Task RunAsync(
        NpgsqlTransaction transaction, LedgerUnit unit, IReadOnlyCollection<(LeaseSnapshot Seen, LeaseSnapshot Lease)> changed,
        CancellationToken cancellationToken)
    {
        foreach (var (seen, lease) in changed)
        {
            unit.AddUndrawn(lease.WalletId, lease.Drawable - seen.Drawable);
            unit.AddDrawn(lease.WalletId, lease.Unposted - seen.Unposted);
        }

        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        LedgerStore.AddTo(batch, unit);
        LeaseStore.AddTo(batch, [.. changed.Select(change => change.Lease)], unit.Now);
        foreach (var (seen, lease) in changed)
        {
            AddAnswerTo(batch, seen, lease);
            AddSuspensionTo(batch, unit, seen, lease);
        }

        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Makes the moves of a decision on a lease.</summary>
    public static void Move(LedgerUnit unit, LeaseSnapshot lease, IEnumerable<Move> moves, TransferDetails details)
    {
        foreach (var move in moves)
        {
            unit.Move(lease.WalletId, move, DetailsOf(move, details, lease), lease.CapAccounts);
        }
    }

    private void AddAnswerTo(NpgsqlBatch batch, LeaseSnapshot? seen, LeaseSnapshot lease)
    {
        if (seen?.State == LeaseState.Recalled && lease.State != LeaseState.Recalled)
        {
            recall.AddAnswerTo(batch, lease.WalletId);
        }
    }

    private static void AddSuspensionTo(NpgsqlBatch batch, LedgerUnit unit, LeaseSnapshot? seen, LeaseSnapshot lease)
    {
        if (lease.State == LeaseState.Suspended && seen?.State != LeaseState.Suspended)
        {
            var id = Guid.CreateVersion7(unit.Now);
            var suspended = new LeaseSuspended(
                id, lease.LeaseId, lease.Holder, lease.WalletId, lease.Subject.TeamId, lease.Held, unit[lease.WalletId].Currency, lease.Reason, unit.Now);
            Outbox.AddTo(batch, [new OwedEvent(id, suspended)], unit.Now);
        }
    }

    // A transfer that names both is where an attempt leaves its lease: only that of a suspended draw, of the moves here.
    private static TransferDetails DetailsOf(Move move, TransferDetails details, LeaseSnapshot lease) =>
        details with { LeaseId = lease.LeaseId, AttemptId = move.Kind == TransferKind.Suspense ? details.AttemptId : null };
}
