using Npgsql;

namespace Platform.Benchmarks.Metering;

/// <summary>Fills Metering's database with a long and consistent history, faster than the intake would.</summary>
internal static class UsageHistory
{
    private const string ReadIndexes =
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'usage_record' ORDER BY 1";

    /// <param name="now">Its end; it began 90 days before.</param>
    public static async Task MakeAsync(NpgsqlDataSource database, long records, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var indexes = new List<(string Name, string Definition)>();
        await using (var command = new NpgsqlCommand(ReadIndexes, connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                // Of the partitions too, which are not there yet.
                indexes.Add((reader.GetString(0), reader.GetString(1).Replace(" ON ONLY ", " ON ", StringComparison.Ordinal)));
            }
        }

        await ExecuteAsync(connection, string.Concat(indexes.Select(index => $"DROP INDEX {index.Name};")), cancellationToken);
        await ExecuteAsync(connection, "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '512MB'", cancellationToken);
        using var sql = new StreamReader(typeof(UsageHistory).Assembly.GetManifestResourceStream("usage_history.sql")!);
        var script = (await sql.ReadToEndAsync(cancellationToken))
            .Replace("$1", $"{records}", StringComparison.Ordinal).Replace("$2", $"'{now.UtcDateTime:O}'", StringComparison.Ordinal);
        await ExecuteAsync(connection, script, cancellationToken);
        foreach (var (_, definition) in indexes)
        {
            await ExecuteAsync(connection, definition, cancellationToken);
        }

        await ExecuteAsync(connection, "VACUUM (ANALYZE)", cancellationToken);
        await ExecuteAsync(connection, "CHECKPOINT", cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
