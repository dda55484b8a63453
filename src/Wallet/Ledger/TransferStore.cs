using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>Which of a wallet's transfers.</summary>
/// <param name="Kinds">Not empty.</param>
/// <param name="RecordedFrom">Half open; null for no bound.</param>
internal sealed record TransferFilter(
    IReadOnlyList<TransferKind> Kinds, DateTimeOffset? RecordedFrom = null, DateTimeOffset? RecordedBefore = null, Guid? AttemptId = null,
    string? IdempotencyKey = null)
{
    public static readonly IReadOnlyList<TransferKind> AllKinds = [.. Enum.GetValues<TransferKind>().Where(kind => kind != TransferKind.Unspecified)];
}

/// <summary>Reads transfers. Nothing here scans a wallet's history: each statement looks at the places that it names in an index.</summary>
internal sealed class TransferStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        transfer_seq, transfer_id, kind, amount, from_wallet, from_account, from_before, to_wallet, to_account, to_before, available_before, available_after,
        actor, description, reference, attempt_id, posting_id, occurred_at, recorded_at, marks, lease_id, corrects,
        idempotency_key
        """;

    private const string ListOfAttempt = $"""
        SELECT {Columns} FROM transfer
        WHERE attempt_id = $6 AND (to_wallet = $1 OR from_wallet = $1) AND kind = ANY($7) AND transfer_seq < $2
            AND ($4::timestamptz IS NULL OR recorded_at >= $4) AND ($5::timestamptz IS NULL OR recorded_at < $5)
        ORDER BY transfer_seq DESC LIMIT $3
        """;

    private const string ListOfKey = $"""
        SELECT {Columns} FROM transfer
        WHERE idempotency_key = $6 AND (to_wallet = $1 OR from_wallet = $1) AND kind = ANY($7) AND transfer_seq < $2
            AND ($4::timestamptz IS NULL OR recorded_at >= $4) AND ($5::timestamptz IS NULL OR recorded_at < $5)
        ORDER BY transfer_seq DESC LIMIT $3
        """;

    private const string FindByKey = $"SELECT {Columns} FROM transfer WHERE idempotency_key = $1 AND kind = $2";

    private const string FindOfPeople = $"SELECT {Columns} FROM transfer WHERE transfer_id = $1 AND kind IN (1, 2, 9, 10, 12, 13)";

    private const string FindCorrection = "SELECT EXISTS (SELECT FROM transfer WHERE corrects = $1)";

    /// <summary>A wallet's transfers before a position, newest first.</summary>
    public async Task<List<(long Sequence, TransferRow Transfer)>> ListAsync(
        string walletId, TransferFilter filter, long before, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            filter.AttemptId is not null ? ListOfAttempt : filter.IdempotencyKey is not null ? ListOfKey : ListPage(filter));
        command.Parameters.Add(new() { Value = walletId });
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = (object?)filter.RecordedFrom ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = (object?)filter.RecordedBefore ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        if (((object?)filter.AttemptId ?? filter.IdempotencyKey) is { } one)
        {
            command.Parameters.Add(new() { Value = one });
            command.Parameters.Add(new() { Value = filter.Kinds.Select(kind => (short)kind).ToArray() });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var transfers = new List<(long, TransferRow)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            transfers.Add((reader.GetInt64(0), Read(reader)));
        }

        return transfers;
    }

    /// <summary>The transfer, if it was made by people or by the end of a period; null otherwise.</summary>
    public static async Task<TransferRow?> FindOfPeopleAsync(NpgsqlTransaction transaction, Guid transferId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindOfPeople, transaction.Connection, transaction) { Parameters = { new() { Value = transferId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>What people's transfer of a kind a key has made; null when it made none.</summary>
    public static async Task<TransferRow?> FindByKeyAsync(NpgsqlTransaction transaction, TransferKind kind, string key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindByKey, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = key }, new() { Value = (short)kind } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    public static async Task<bool> IsCorrectedAsync(NpgsqlTransaction transaction, Guid transferId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindCorrection, transaction.Connection, transaction) { Parameters = { new() { Value = transferId } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// A query over a wallet's transfers of some kinds between two positions: a scan for each kind and side, each of no more rows than are asked for, merged. The
    /// indexes go by the sequence's negative, which leaves the database no other way: an optimiser that believes in evenly spread rows would rather walk the
    /// primary key, which takes seconds where a wallet has been idle.
    /// </summary>
    /// <param name="lower">Exclusive, for a kind and whether the wallet gives, in SQL; so is <paramref name="upper"/>. <c>$1</c> is the wallet.</param>
    internal static string Merged(
        string columns, IReadOnlyList<TransferKind> kinds, Func<short, bool, string> lower, Func<short, bool, string> upper, bool newestFirst, string limit)
    {
        string Branch(short kind, bool giving)
        {
            var side = giving ? "from_wallet = $1 AND from_wallet <> to_wallet" : "to_wallet = $1";
            return $"""
                (SELECT {columns} FROM transfer
                 WHERE {side} AND kind = {kind} AND -transfer_seq < -({lower(kind, giving)}) AND -transfer_seq > -({upper(kind, giving)})
                 ORDER BY -transfer_seq {(newestFirst ? "ASC" : "DESC")} LIMIT {limit})
                """;
        }

        var branches = new List<string>();
        foreach (var kind in kinds.Order())
        {
            branches.Add(Branch((short)kind, giving: false));
            if (kind.IsOfPeople() && kind != TransferKind.TopUp)
            {
                branches.Add(Branch((short)kind, giving: true));
            }
        }

        return $"SELECT * FROM ({string.Join(" UNION ALL ", branches)}) t ORDER BY transfer_seq {(newestFirst ? "DESC" : "ASC")} LIMIT {limit}";
    }

    // The bounds of a span end each scan where the span begins, and begin it where the span ends.
    private static string ListPage(TransferFilter filter) => Merged(
        Columns, filter.Kinds,
        (kind, giving) => filter.RecordedFrom is null ? "CASE WHEN $4::timestamptz IS NULL THEN 0 END" : $"transfer_before($1, {kind}::smallint, $4, {giving})",
        (kind, giving) => filter.RecordedBefore is null
            ? "CASE WHEN $5::timestamptz IS NULL THEN $2 END"
            : $"least($2, transfer_before($1, {kind}::smallint, $5, {giving}) + 1)",
        newestFirst: true, "$3");

    internal static TransferRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(1), (TransferKind)reader.GetInt16(2), reader.GetInt64(3), reader.GetString(4), (Account)reader.GetInt16(5), reader.GetInt64(6),
        reader.GetString(7), (Account)reader.GetInt16(8), reader.GetInt64(9), reader.GetInt64(10), reader.GetInt64(11),
        new TransferDetails(
            reader.GetString(12), reader.GetFieldValue<DateTimeOffset>(17), reader.GetString(13), reader.GetString(14), reader.GetFieldValue<Guid?>(15),
            reader.GetFieldValue<Guid?>(16), (TransferMarks)reader.GetInt16(19), reader.GetFieldValue<Guid?>(20), reader.GetFieldValue<Guid?>(21),
            reader.IsDBNull(22) ? null : reader.GetString(22)),
        reader.GetFieldValue<DateTimeOffset>(18));

    /// <summary>The columns that <see cref="Read"/> reads.</summary>
    internal const string TransferColumns = Columns;
}
