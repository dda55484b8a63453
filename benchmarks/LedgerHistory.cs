using Npgsql;

namespace Platform.Benchmarks;

/// <summary>Fills Wallet's database with a long and consistent history, faster than any client could make it.</summary>
internal static class LedgerHistory
{
    /// <summary>Each allocation, in nano-units: enough for all calls of a month on the busiest wallet.</summary>
    public const long Allocation = 1_000_000_000_000;

    // Rows come in bulk, without the triggers and foreign keys that guard them one by one; indexes are made after them. The order matters only to the optimiser.
    private const string ReadIndexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'transfer' AND indexname <> 'transfer_pkey'";

    public static async Task MakeAsync(NpgsqlDataSource walletDatabase, long callsAMonth, CancellationToken cancellationToken)
    {
        await using var connection = await walletDatabase.OpenConnectionAsync(cancellationToken);
        var indexes = new List<(string Name, string Definition)>();
        await using (var command = new NpgsqlCommand(ReadIndexes, connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                indexes.Add((reader.GetString(0), reader.GetString(1)));
            }
        }

        foreach (var (name, _) in indexes)
        {
            await ExecuteAsync(connection, $"DROP INDEX {name}", cancellationToken);
        }

        await ExecuteAsync(
            connection, "SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'", cancellationToken);
        using var sql = new StreamReader(typeof(LedgerHistory).Assembly.GetManifestResourceStream("ledger_history.sql")!);
        var script = (await sql.ReadToEndAsync(cancellationToken))
            .Replace("$1", $"{callsAMonth}", StringComparison.Ordinal).Replace("$2", $"{Allocation}", StringComparison.Ordinal);
        await ExecuteAsync(connection, script, cancellationToken);
        foreach (var (_, definition) in indexes)
        {
            await ExecuteAsync(connection, definition, cancellationToken);
        }

        await ExecuteAsync(connection, "ANALYZE transfer; ANALYZE wallet; CHECKPOINT", cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
