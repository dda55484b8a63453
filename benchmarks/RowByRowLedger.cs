using System.Diagnostics;
using Npgsql;

namespace Platform.Benchmarks;

/// <summary>
/// What the ledger is compared with: <c>sql/row_by_row.sql</c> on the same server. A pair is a transfer from the hot account to one of 1,000 others and one back,
/// as a hold and its report are; each is a prepared call and a durable transaction.
/// </summary>
internal static class RowByRowLedger
{
    private const string Database = "row_by_row";

    private static readonly int[] ClientCounts = [8, 16, 32, 64];

    /// <summary>The best rate over several numbers of clients, and that of the most of them.</summary>
    public static async Task<(double PairsPerSecond, int Clients, double PairsPerSecondOf64)> MeasureAsync(string server, TimeSpan each, CancellationToken cancellationToken)
    {
        await CreateAsync(server, cancellationToken);
        var rates = new Dictionary<int, double>();
        await using (var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Database = Database, MaxPoolSize = 64 }))
        {
            foreach (var clients in ClientCounts)
            {
                await RunAsync(source, clients, each / 4, cancellationToken);
                rates[clients] = await RunAsync(source, clients, each, cancellationToken);
            }
        }

        // What it leaves to vacuum and to write must not run beside what is measured next.
        await ExecuteAsync(server, $"DROP DATABASE {Database} WITH (FORCE)", cancellationToken);
        await ExecuteAsync(server, "CHECKPOINT", cancellationToken);
        var best = rates.MaxBy(rate => rate.Value);
        return (best.Value, best.Key, rates[64]);
    }

    private static async Task CreateAsync(string server, CancellationToken cancellationToken)
    {
        await ExecuteAsync(server, $"CREATE DATABASE {Database}", cancellationToken);
        using var sql = new StreamReader(typeof(RowByRowLedger).Assembly.GetManifestResourceStream("row_by_row.sql")!);
        await ExecuteAsync(
            new NpgsqlConnectionStringBuilder(server) { Database = Database }.ConnectionString, await sql.ReadToEndAsync(cancellationToken), cancellationToken);
    }

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<double> RunAsync(NpgsqlDataSource source, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var pairs = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                await using var command = new NpgsqlCommand("SELECT make_transfer($1, $2, $3, $4)", connection);
                var (from, to) = (new NpgsqlParameter<long>(), new NpgsqlParameter<long>());
                var reference = new NpgsqlParameter<Guid>();
                command.Parameters.AddRange(new NpgsqlParameter[] { from, to, new NpgsqlParameter<long> { TypedValue = 1_000 }, reference });
                await command.PrepareAsync(cancellationToken);
                var random = new Random(client);
                var done = 0L;
                while (Stopwatch.GetElapsedTime(started) < duration)
                {
                    var other = random.Next(1, 1_001);
                    reference.TypedValue = Guid.CreateVersion7();
                    (from.TypedValue, to.TypedValue) = (0, other);
                    await command.ExecuteScalarAsync(cancellationToken);
                    (from.TypedValue, to.TypedValue) = (other, 0);
                    await command.ExecuteScalarAsync(cancellationToken);
                    done++;
                }

                return done;
            },
            cancellationToken)));
        return pairs.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
