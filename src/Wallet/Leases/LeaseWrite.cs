using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>Writes what one decision does to its lease and its wallet, in one round trip.</summary>
internal sealed class LeaseWrite(LeaseRecall recall)
{
    /// <param name="seen">The lease before the decision; null for a new one.</param>
    /// <param name="addMore">What else goes into the round trip.</param>
    public async Task RunAsync(
        NpgsqlTransaction transaction, LedgerUnit unit, LeaseSnapshot? seen, LeaseSnapshot lease, IEnumerable<Move> moves, TransferDetails details,
        CancellationToken cancellationToken, Action<NpgsqlBatch>? addMore = null)
    {
        foreach (var move in moves)
        {
            unit.Move(lease.WalletId, move, DetailsOf(move, details, lease));
        }

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

        if (seen?.State == LeaseState.Recalled && lease.State != LeaseState.Recalled)
        {
            recall.AddAnswerTo(batch, lease.WalletId);
        }

        addMore?.Invoke(batch);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    // A transfer that names both is where an attempt leaves its lease: only that of a suspended draw, of the moves here.
    private static TransferDetails DetailsOf(Move move, TransferDetails details, LeaseSnapshot lease) =>
        details with { LeaseId = lease.LeaseId, AttemptId = move.Kind == TransferKind.Suspense ? details.AttemptId : null };
}
