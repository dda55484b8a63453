using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>All SQL of allocations and their periods. Writers hold the lock of the receiving wallet.</summary>
internal sealed class AllocationStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        allocation_id, wallet_id, amount, recurrence, time_zone, starts_at, ends_at, at_end, state, due_at, waiting_since, missing, description, actor, created_at,
        cancelled_by, cancelled_at, idempotency_key
        """;

    private const string PeriodColumns =
        "period_id, allocation_id, wallet_id, transfer_id, amount, remaining, returned, starts_at, ends_at, at_end, state";

    private const string Insert = $"INSERT INTO allocation ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

    private const string Update = "UPDATE allocation SET state = $2, due_at = $3, waiting_since = $4, missing = $5, cancelled_by = $6, cancelled_at = $7 WHERE allocation_id = $1";

    private const string Read = $"SELECT {Columns} FROM allocation WHERE allocation_id = $1";

    private const string FindByKey = $"SELECT {Columns} FROM allocation WHERE idempotency_key = $1";

    private const string ReadOpenPeriods = $"SELECT {PeriodColumns} FROM allocation_period WHERE wallet_id = ANY($1) AND state < 3";

    private const string ReadPeriod = $"SELECT {PeriodColumns} FROM allocation_period WHERE period_id = $1";

    // By way of the wallet's allocations, since periods that are over have no index of their own. What a correction took back has gone whole: it gave nothing. And what
    // was brought only when the moment had passed, as an allocation that waited is, was given by none that ended then.
    private const string ReadGivers = $"""
        SELECT {PeriodColumns} FROM allocation_period p
        WHERE allocation_id IN (SELECT allocation_id FROM allocation WHERE wallet_id = $1) AND ends_at = $2 AND at_end = 1 AND state > 1
            AND NOT EXISTS (SELECT FROM transfer WHERE corrects = p.transfer_id)
            AND EXISTS (SELECT FROM transfer WHERE transfer_id = $3 AND recorded_at < $2)
        ORDER BY starts_at, period_id
        """;

    private const string WritePeriod = $"""
        INSERT INTO allocation_period ({PeriodColumns}, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, CASE WHEN $11 = 3 THEN $12 END)
        ON CONFLICT (period_id) DO UPDATE
        SET remaining = EXCLUDED.remaining, returned = EXCLUDED.returned, state = EXCLUDED.state, ended_at = EXCLUDED.ended_at
        """;

    private const string WriteBoundary = """
        UPDATE wallet SET boundary_at = (SELECT min(ends_at) FROM allocation_period p WHERE p.wallet_id = wallet.wallet_id AND state = 1 AND at_end = 1)
        WHERE wallet_id = $1
        """;

    // A lease that is there already ends no later than one that is made now.
    private const string BoundLeases = """
        UPDATE lease SET ends_at = w.boundary_at FROM wallet w
        WHERE w.wallet_id = $1 AND lease.wallet_id = $1 AND lease.state = 1 AND (lease.ends_at IS NULL OR lease.ends_at > w.boundary_at)
        """;

    // Those that are over are shown only where asked for, but as long as a period of theirs is open they are not over to the eye.
    private const string List = $"""
        SELECT {Columns} FROM allocation a
        WHERE ($1 = '' OR wallet_id = $1) AND ($5 = '' OR wallet_id IN (SELECT wallet_id FROM wallet WHERE team_id = $5))
            AND ($2 OR state <= 2 OR EXISTS (SELECT FROM allocation_period p WHERE p.allocation_id = a.allocation_id AND p.state < 3))
            AND ($3::uuid IS NULL OR (created_at, allocation_id) < (SELECT created_at, allocation_id FROM allocation WHERE allocation_id = $3))
        ORDER BY created_at DESC, allocation_id DESC LIMIT $4
        """;

    private const string ListPeriods = $"""
        SELECT p.* FROM unnest($1::uuid[]) AS a(id),
            LATERAL (SELECT {PeriodColumns} FROM allocation_period WHERE allocation_id = a.id ORDER BY starts_at DESC LIMIT 12) p
        """;

    private const string ListNext = $"SELECT {Columns} FROM allocation WHERE wallet_id = $1 AND state <= 2 ORDER BY due_at, allocation_id LIMIT $2";

    private const string HasReturned = "SELECT EXISTS (SELECT FROM allocation_period WHERE transfer_id = $1 AND returned > 0)";

    public static async Task InsertAsync(NpgsqlTransaction transaction, AllocationRow row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = row.AllocationId }, new() { Value = row.WalletId }, new() { Value = row.Amount }, new() { Value = (short)row.Recurrence },
            new() { Value = row.TimeZone }, new() { Value = row.StartsAt }, Moment(row.EndsAt), new() { Value = (short)row.AtEnd },
            new() { Value = (short)row.State }, Moment(row.DueAt), Moment(row.WaitingSince), new() { Value = row.Missing },
            new() { Value = row.Description }, new() { Value = row.Actor }, new() { Value = row.CreatedAt },
            new() { Value = row.CancelledBy }, Moment(row.CancelledAt),
            new() { Value = (object?)row.IdempotencyKey ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task UpdateAsync(NpgsqlTransaction transaction, AllocationRow row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Update, transaction.Connection, transaction);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = row.AllocationId }, new() { Value = (short)row.State }, Moment(row.DueAt), Moment(row.WaitingSince),
            new() { Value = row.Missing }, new() { Value = row.CancelledBy }, Moment(row.CancelledAt),
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<AllocationRow?> ReadAsync(NpgsqlTransaction transaction, Guid allocationId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Read, transaction.Connection, transaction) { Parameters = { new() { Value = allocationId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ReadRow(reader) : null;
    }

    /// <summary>What a key has planned; null when it planned nothing.</summary>
    public static async Task<AllocationRow?> FindByKeyAsync(NpgsqlTransaction transaction, string key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindByKey, transaction.Connection, transaction) { Parameters = { new() { Value = key } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ReadRow(reader) : null;
    }

    public static async Task<PeriodRow?> ReadPeriodAsync(NpgsqlTransaction transaction, Guid periodId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadPeriod, transaction.Connection, transaction) { Parameters = { new() { Value = periodId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ReadPeriodRow(reader) : null;
    }

    /// <summary>
    /// The periods of a wallet that may have given what a period below it brought: they ended at the same moment and their money returns. As they were before this movement.
    /// </summary>
    public static async Task<List<PeriodRow>> ReadGiversAsync(
        NpgsqlTransaction transaction, string walletId, PeriodRow below, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadGivers, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = walletId }, new() { Value = below.EndsAt!.Value }, new() { Value = below.TransferId!.Value } },
        };
        var givers = new List<PeriodRow>();
        await foreach (var row in RowsAsync(command, ReadPeriodRow, cancellationToken))
        {
            givers.Add(row);
        }

        return givers;
    }

    /// <summary>Whether money that a transfer brought went back at its period's end.</summary>
    public static async Task<bool> HasReturnedAsync(NpgsqlTransaction transaction, Guid transferId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(HasReturned, transaction.Connection, transaction) { Parameters = { new() { Value = transferId } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The open periods of wallets that the transaction has locked; nothing for a wallet without any.</summary>
    public static async Task<Dictionary<string, WalletPeriods>> ReadOpenPeriodsAsync(
        NpgsqlTransaction transaction, IReadOnlyCollection<string> walletIds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadOpenPeriods, transaction.Connection, transaction);
        return await ReadOpenPeriodsAsync(command, walletIds, cancellationToken);
    }

    /// <summary>The same, to be shown.</summary>
    public async Task<Dictionary<string, WalletPeriods>> ReadOpenPeriodsAsync(IReadOnlyCollection<string> walletIds, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ReadOpenPeriods);
        return await ReadOpenPeriodsAsync(command, walletIds, cancellationToken);
    }

    /// <summary>Writes what changed in a wallet's periods, and its boundary with it.</summary>
    public static void AddTo(NpgsqlBatch batch, string walletId, WalletPeriods periods, DateTimeOffset now)
    {
        // The money without an end is the first to go and the last to come, so that there is never more than one.
        var changed = periods.Changed.OrderByDescending(row => row.State).ToList();
        foreach (var row in changed)
        {
            var command = new NpgsqlBatchCommand(WritePeriod);
            command.Parameters.AddRange(new NpgsqlParameter[]
            {
                new() { Value = row.PeriodId }, new() { Value = (object?)row.AllocationId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = row.WalletId }, new() { Value = (object?)row.TransferId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = row.Amount }, new() { Value = row.Remaining }, new() { Value = row.Returned }, new() { Value = row.StartsAt },
                Moment(row.EndsAt), new() { Value = (short)row.AtEnd }, new() { Value = (short)row.State }, new() { Value = now },
            });
            batch.BatchCommands.Add(command);
        }

        if (changed.Count > 0)
        {
            batch.BatchCommands.Add(LedgerStore.Command(WriteBoundary, walletId));
            batch.BatchCommands.Add(LedgerStore.Command(BoundLeases, walletId));
        }
    }

    /// <summary>Whether there is such an allocation: none is ever removed.</summary>
    public async Task<bool> ExistsAsync(Guid allocationId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT EXISTS (SELECT FROM allocation WHERE allocation_id = $1)");
        command.Parameters.Add(new() { Value = allocationId });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Allocations, newest first, with their newest periods.</summary>
    /// <param name="walletId">Empty: of all wallets of <paramref name="teamId"/>; where that is empty too, of all.</param>
    /// <param name="after">The allocation that those of this page come after; null for the first page.</param>
    public async Task<(List<AllocationRow> Allocations, ILookup<Guid, PeriodRow> Periods)> ListAsync(
        string walletId, string teamId, bool all, Guid? after, int limit, CancellationToken cancellationToken)
    {
        var allocations = new List<AllocationRow>();
        await using (var command = dataSource.CreateCommand(List))
        {
            command.Parameters.Add(new() { Value = walletId });
            command.Parameters.Add(new() { Value = all });
            command.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            command.Parameters.Add(new() { Value = limit });
            command.Parameters.Add(new() { Value = teamId });
            await foreach (var row in RowsAsync(command, ReadRow, cancellationToken))
            {
                allocations.Add(row);
            }
        }

        var periods = new List<PeriodRow>();
        await using (var command = dataSource.CreateCommand(ListPeriods))
        {
            command.Parameters.Add(new() { Value = allocations.Select(row => row.AllocationId).ToArray() });
            await foreach (var row in RowsAsync(command, ReadPeriodRow, cancellationToken))
            {
                periods.Add(row);
            }
        }

        return (allocations, periods.ToLookup(row => row.AllocationId!.Value));
    }

    /// <summary>What is planned or waits for a wallet, by due moment.</summary>
    public async Task<List<AllocationRow>> ListNextAsync(string walletId, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListNext);
        command.Parameters.Add(new() { Value = walletId });
        command.Parameters.Add(new() { Value = limit });
        var next = new List<AllocationRow>();
        await foreach (var row in RowsAsync(command, ReadRow, cancellationToken))
        {
            next.Add(row);
        }

        return next;
    }

    private static async Task<Dictionary<string, WalletPeriods>> ReadOpenPeriodsAsync(
        NpgsqlCommand command, IReadOnlyCollection<string> walletIds, CancellationToken cancellationToken)
    {
        command.Parameters.Add(new() { Value = walletIds.ToArray() });
        var rows = new List<PeriodRow>();
        await foreach (var row in RowsAsync(command, ReadPeriodRow, cancellationToken))
        {
            rows.Add(row);
        }

        return rows.GroupBy(row => row.WalletId).ToDictionary(group => group.Key, group => new WalletPeriods(group.Key, group));
    }

    private static async IAsyncEnumerable<T> RowsAsync<T>(
        NpgsqlCommand command, Func<NpgsqlDataReader, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            yield return read(reader);
        }
    }

    private static NpgsqlParameter Moment(DateTimeOffset? moment) =>
        new() { Value = (object?)moment ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static AllocationRow ReadRow(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetInt64(2), (Recurrence)reader.GetInt16(3), reader.GetString(4),
        reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset?>(6), (PeriodEnd)reader.GetInt16(7),
        (AllocationState)reader.GetInt16(8), reader.GetFieldValue<DateTimeOffset?>(9), reader.GetFieldValue<DateTimeOffset?>(10), reader.GetInt64(11),
        reader.GetString(12), reader.GetString(13), reader.GetFieldValue<DateTimeOffset>(14))
    {
        CancelledBy = reader.GetString(15),
        CancelledAt = reader.GetFieldValue<DateTimeOffset?>(16),
        IdempotencyKey = reader.IsDBNull(17) ? null : reader.GetString(17),
    };

    private static PeriodRow ReadPeriodRow(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetFieldValue<Guid?>(1), reader.GetString(2), reader.GetFieldValue<Guid?>(3), reader.GetInt64(4), reader.GetInt64(5),
        reader.GetInt64(6), reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<DateTimeOffset?>(8), (PeriodEnd)reader.GetInt16(9),
        (PeriodState)reader.GetInt16(10));
}
