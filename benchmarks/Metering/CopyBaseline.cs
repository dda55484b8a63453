using System.Diagnostics;
using Npgsql;

namespace Platform.Benchmarks.Metering;

/// <summary>COPY of the recorded rows into a bare table on the same server: no index, no check, nothing deduplicated, priced or summed. What the rows cost at least.</summary>
internal static class CopyBaseline
{
    private const int Rows = 200_000;

    /// <summary>Rows a second.</summary>
    public static async Task<double> MeasureAsync(string database, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(connection, "CREATE TABLE bench_bare AS TABLE usage_record WITH NO DATA", cancellationToken);
        using var rows = new MemoryStream();
        await using (var read = await connection.BeginRawBinaryCopyAsync(
            $"COPY (SELECT * FROM usage_record LIMIT {Rows}) TO STDOUT (FORMAT BINARY)", cancellationToken))
        {
            await read.CopyToAsync(rows, cancellationToken);
        }

        var best = 0.0;
        for (var i = 0; i < 3; i++)
        {
            await ExecuteAsync(connection, "TRUNCATE bench_bare", cancellationToken);
            rows.Position = 0;
            var started = Stopwatch.GetTimestamp();
            await using (var write = await connection.BeginRawBinaryCopyAsync("COPY bench_bare FROM STDIN (FORMAT BINARY)", cancellationToken))
            {
                await rows.CopyToAsync(write, 64 * 1024, cancellationToken);
            }

            best = Math.Max(best, Rows / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        await ExecuteAsync(connection, "DROP TABLE bench_bare", cancellationToken);
        return best;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
