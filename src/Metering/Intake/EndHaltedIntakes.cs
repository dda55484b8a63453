using Npgsql;
using Platform.Postgres;

namespace Platform.Metering.Intake;

/// <summary>
/// Ends intakes of processes that are halted, or cut off, within a statement (docs/decisions/0012). The server ends a transaction that is silent between two statements by itself; within a COPY it waits for the
/// rest of the rows, and behind the first part of a command that is sent in more than one for the others, for as long as the connection stands, and with the intake's lock it would keep whoever closes something,
/// and all intakes behind that, from going on.
/// </summary>
internal sealed partial class EndHaltedIntakes(NpgsqlDataSource dataSource, TimeProvider time, ILogger<EndHaltedIntakes> log) : BackgroundService
{
    // Those that wait for their client now, within a statement: of one that waits between two the state is another. A lock under one number of 64 bits has its halves in classid and objid, and objsubid 1.
    private const string Waiting = $"""
        SELECT pid, query_start, coalesce(bytes_processed, -1)
        FROM pg_locks JOIN pg_stat_activity USING (pid) LEFT JOIN pg_stat_progress_copy USING (pid)
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 1
          AND (classid::bigint << 32) + objid::bigint = {AdvisoryLocks.Intake} AND granted AND state = 'active' AND wait_event = 'ClientRead'
        """;

    private const string End = """
        SELECT coalesce(bool_or(pg_terminate_backend(pid)), false) FROM pg_stat_activity LEFT JOIN pg_stat_progress_copy USING (pid)
        WHERE pid = $1 AND query_start = $2 AND coalesce(bytes_processed, -1) = $3 AND state = 'active' AND wait_event = 'ClientRead'
        """;

    /// <summary>How long nothing may come of a statement: as long as between two statements (<see cref="Watermark"/>). However slow it is, one of which something comes is not halted.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>Since when nothing more has come of each.</summary>
    private Dictionary<WaitingIntake, long> _silent = [];

    /// <summary>One look. Answers how many intakes it has ended.</summary>
    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var (now, before) = (time.GetTimestamp(), _silent);
        _silent = (await ReadAsync(connection, cancellationToken)).ToDictionary(intake => intake, intake => before.GetValueOrDefault(intake, now));
        var ended = 0;
        foreach (var (intake, _) in _silent.Where(silent => time.GetElapsedTime(silent.Value, now) >= Longest))
        {
            ended += await EndAsync(connection, intake, cancellationToken) ? 1 : 0;
        }

        return ended;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(LookAsync, LogFailed, LookInterval, time, log, stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (await RunAsync(cancellationToken) is var ended and > 0)
        {
            LogEnded(ended);
        }
    }

    private static async Task<List<WaitingIntake>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Waiting, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var waiting = new List<WaitingIntake>();
        while (await reader.ReadAsync(cancellationToken))
        {
            waiting.Add(new WaitingIntake(reader.GetInt32(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetInt64(2)));
        }

        return waiting;
    }

    private static async Task<bool> EndAsync(NpgsqlConnection connection, WaitingIntake intake, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(End, connection) { Parameters = { new() { Value = intake.ProcessId }, new() { Value = intake.BeganAt }, new() { Value = intake.Bytes } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <param name="ProcessId">Of the server's process.</param>
    /// <param name="BeganAt">Its statement.</param>
    /// <param name="Bytes">That it has had of a COPY; -1 within another statement.</param>
    private readonly record struct WaitingIntake(int ProcessId, DateTimeOffset BeganAt, long Bytes);

    [LoggerMessage(LogLevel.Warning, "{Intakes} intakes of which nothing came any more within a statement were ended: their process is halted or cut off. Nothing of them was recorded; whoever told it tells it again.")]
    private partial void LogEnded(int intakes);

    [LoggerMessage(LogLevel.Warning, "Halted intakes could not be looked for; trying again.")]
    private partial void LogFailed(Exception exception);
}
