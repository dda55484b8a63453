using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Platform.Postgres.Forgetting;

/// <summary>
/// Forgets what nobody asks for any more: small transactions one after another, each followed by a pause as long as it took, on one replica at a time. Nobody waits for it: what it deletes is
/// read by its key only, when the same message or change comes again, or is older than anybody asks for.
/// </summary>
public sealed partial class ForgetOldRows(
    NpgsqlDataSource dataSource, IEnumerable<AgingTable> tables, IOptions<ForgettingOptions> options, TimeProvider time, ILogger<ForgetOldRows> log) : BackgroundService
{
    private const long AdvisoryLock = 0x4B54_464F_5247; // "KTFORG"
    private const int BatchRows = 1_000;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly Meter Meter = new("Platform.Messages");
    private static readonly Counter<long> Forgotten = Meter.CreateCounter<long>("kt.messages.forgotten", "{row}", "Rows that were older than is kept, by table.");

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        LookLoop.RunAsync(RunAsync, LogFailed, TimeSpan.FromMinutes(options.Value.LookMinutes), time, log, stoppingToken);

    /// <summary>Answers how many rows were forgotten: 0 while another replica is at it.</summary>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        await using var lead = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var tryLock = new NpgsqlCommand($"SELECT pg_try_advisory_lock({AdvisoryLock})", lead);
        if (!(bool)(await tryLock.ExecuteScalarAsync(cancellationToken))!)
        {
            return 0;
        }

        try
        {
            var (now, forgotten) = (time.GetUtcNow(), 0L);
            foreach (var table in tables.Where(table => table.Days(options.Value) > 0))
            {
                forgotten += await ForgetAsync(lead, table, now - TimeSpan.FromDays(table.Days(options.Value)), cancellationToken);
            }

            return forgotten;
        }
        finally
        {
            await SessionLock.FreeAsync(lead);
        }
    }

    private async Task<long> ForgetAsync(NpgsqlConnection lead, AgingTable table, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var forgotten = 0L;
        while (true)
        {
            // How long the database works is its own time, whatever the clock that rows are judged by.
            var began = TimeProvider.System.GetTimestamp();
            var deleted = await DeleteAsync(lead, table, before, cancellationToken);
            forgotten += deleted;
            Forgotten.Add(deleted, new KeyValuePair<string, object?>("table", table.Name));
            if (deleted < BatchRows)
            {
                break;
            }

            var took = TimeProvider.System.GetElapsedTime(began);
            await Task.Delay(took > ShortestPause ? took : ShortestPause, cancellationToken);
        }

        if (forgotten > 0)
        {
            LogForgotten(forgotten, table.Name, before);
        }

        return forgotten;
    }

    /// <summary>Deletes the oldest rows of before, and answers how many there were.</summary>
    private static async Task<int> DeleteAsync(NpgsqlConnection lead, AgingTable table, DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"DELETE FROM {table.Name} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table.Name} WHERE {table.Column} < $1 ORDER BY {table.Column} LIMIT $2))", lead)
        {
            Parameters = { new() { Value = before }, new() { Value = BatchRows } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "Forgot {Rows} rows of {Table}: all of before {Before}.")]
    private partial void LogForgotten(long rows, string table, DateTimeOffset before);

    [LoggerMessage(LogLevel.Warning, "Old rows could not be forgotten; trying again at the next look.")]
    private partial void LogFailed(Exception exception);
}
