using System.Data;
using Npgsql;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>Reads what statements and burn rates are made of. Every figure is a look-up in an index: none is a sum over calls.</summary>
internal sealed class StatementStore(NpgsqlDataSource dataSource)
{
    // The optimiser takes these look-ups for large: starting workers or compiling code for them takes longer than they do.
    private const string PlanAsLookUps = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0";

    private const string ReadMoment = "SELECT last_seq, available, spent, overage FROM wallet_at($1, $2)";

    // People's transfers on either side, from the opening on. Their sums may leave the range of amounts, for the same money may be moved many times. A top-up that was taken back leaves the wallet though it stands on its receiving side (account 1 is
    // funding).
    private const string ReadFlows = """
        SELECT kind, goes_out, transfer_seq > $3, sum(amount), count(*) FROM (
            SELECT kind, to_account = 1 AS goes_out, transfer_seq, amount FROM transfer
            WHERE to_wallet = $1 AND kind = ANY($4) AND -transfer_seq < -$2
            UNION ALL
            SELECT kind, true, transfer_seq, amount FROM transfer
            WHERE from_wallet = $1 AND from_wallet <> to_wallet AND kind = ANY($4) AND -transfer_seq < -$2) f
        GROUP BY 1, 2, 3
        """;

    // 11 refund, 8 repayment.
    private const string ReadSums = """
        SELECT coalesce(sum(amount) FILTER (WHERE kind = 11), 0), coalesce(sum(amount) FILTER (WHERE kind = 8), 0) FROM transfer
        WHERE to_wallet = $1 AND kind IN (8, 11) AND -transfer_seq < -$2 AND -transfer_seq >= -$3
        """;

    private static readonly string ReadItems = TransferStore.Merged(
        TransferStore.TransferColumns, PeoplesTransfers.Kinds, (_, _) => "$2", (_, _) => "$3 + 1", newestFirst: false, "$4");

    private const string ReadSpent = """
        SELECT w.spent - wallet_spent_at(w.wallet_id, $2) - a.first, w.spent - wallet_spent_at(w.wallet_id, $3) - a.second, w.spent - wallet_spent_at(w.wallet_id, $4) - a.third
        FROM wallet w CROSS JOIN (
            SELECT coalesce(sum(nanos) FILTER (WHERE recorded_at >= $2), 0)::bigint AS first, coalesce(sum(nanos) FILTER (WHERE recorded_at >= $3), 0)::bigint AS second,
                coalesce(sum(nanos) FILTER (WHERE recorded_at >= $4), 0)::bigint AS third
            FROM adjusted_spend WHERE wallet_id = $1 AND recorded_at >= least($2, $3, $4)) a
        WHERE w.wallet_id = $1
        """;

    private static readonly short[] Kinds = [.. PeoplesTransfers.Kinds.Select(kind => (short)kind)];

    /// <summary>All of one snapshot; null when there is no such wallet.</summary>
    public async Task<(WalletAccounts Wallet, StatementFacts Facts, List<TransferRow> Items, long LeftOut)?> ReadAsync(
        string walletId, DateTimeOffset from, DateTimeOffset to, int maximumItems, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using (var settings = new NpgsqlCommand(PlanAsLookUps, connection, transaction))
        {
            await settings.ExecuteNonQueryAsync(cancellationToken);
        }

        var wallet = (await LedgerStore.ReadAsync(transaction, [walletId], cancellationToken)).SingleOrDefault();
        if (wallet is null)
        {
            return null;
        }

        var opening = await ReadMomentAsync(transaction, walletId, from, cancellationToken);
        var closing = await ReadMomentAsync(transaction, walletId, to, cancellationToken);
        var flows = new List<StatementFlow>();
        var within = 0L;
        await using (var reader = await ReaderAsync(transaction, ReadFlows, [walletId, opening.Position, closing.Position, Kinds], cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                flows.Add(new StatementFlow((TransferKind)reader.GetInt16(0), reader.GetBoolean(1), reader.GetBoolean(2), (Int128)reader.GetDecimal(3)));
                within += flows[^1].After ? 0 : reader.GetInt64(4);
            }
        }

        Int128 refunded, repaid;
        await using (var reader = await ReaderAsync(transaction, ReadSums, [walletId, opening.Position, closing.Position], cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            (refunded, repaid) = ((Int128)reader.GetDecimal(0), (Int128)reader.GetDecimal(1));
        }

        var items = new List<TransferRow>();
        await using (var reader = await ReaderAsync(transaction, ReadItems, [walletId, opening.Position, closing.Position, maximumItems], cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                items.Add(TransferStore.Read(reader));
            }
        }

        return (wallet, new StatementFacts(opening, closing, wallet.Credited - wallet.MovedOut, flows, refunded, repaid), items, within - items.Count);
    }

    /// <summary>What an existing wallet spent since each of three moments, less refunds and without money that no tokens were of (docs/decisions/0236).</summary>
    public async Task<(long First, long Second, long Third)> ReadSpentSinceAsync(
        string walletId, DateTimeOffset first, DateTimeOffset second, DateTimeOffset third, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ReadSpent);
        foreach (var value in new object[] { walletId, first, second, third })
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private static async Task<WalletMoment> ReadMomentAsync(
        NpgsqlTransaction transaction, string walletId, DateTimeOffset moment, CancellationToken cancellationToken)
    {
        await using var reader = await ReaderAsync(transaction, ReadMoment, [walletId, moment], cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new WalletMoment(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
    }

    private static async Task<NpgsqlDataReader> ReaderAsync(
        NpgsqlTransaction transaction, string sql, object[] values, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteReaderAsync(cancellationToken);
    }
}
