using Npgsql;
using NpgsqlTypes;
using Platform.Export.Files;

namespace Platform.Export.Runs;

/// <summary>All SQL of export runs. Methods that take a transaction run in it.</summary>
internal sealed class RunStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        run_id, job_id, job_name, due_at, state, window_from, window_to, watermark, format, bucket, data_key, manifest_key, started_at, completed_at,
        row_count, unpriced_count, cost_nanos, currency, sha256, bytes, failure_count, next_attempt_at, error
        """;

    private const string Insert = """
        INSERT INTO export_run (run_id, job_id, job_name, due_at, state, window_from, window_to, watermark, format, bucket, data_key, manifest_key,
            started_at, next_attempt_at)
        VALUES ($1, $2, $3, $4, 'running', $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (job_id, due_at) DO NOTHING
        """;

    /// <summary>False when the due time has a run already.</summary>
    public static async Task<bool> TryInsertAsync(NpgsqlTransaction transaction, RunRow run, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = run.RunId },
                new() { Value = (object?)run.JobId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = run.JobName },
                new() { Value = (object?)run.DueAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = run.From }, new() { Value = run.To }, new() { Value = run.Watermark }, new() { Value = run.Format },
                new() { Value = run.Bucket }, new() { Value = run.DataKey }, new() { Value = run.ManifestKey }, new() { Value = run.StartedAt },
                new() { Value = (object?)run.NextAttemptAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public async Task<RunRow?> FindAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM export_run WHERE run_id = $1");
        command.Parameters.Add(new() { Value = runId });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Newest first.</summary>
    /// <param name="jobId">Null for all.</param>
    public async Task<List<RunRow>> ListAsync(Guid? jobId, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"""
            SELECT {Columns} FROM export_run WHERE $1 IS NULL OR job_id = $1 ORDER BY started_at DESC, run_id DESC LIMIT $2
            """);
        command.Parameters.Add(new() { Value = (object?)jobId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>The newest run of each of the jobs.</summary>
    public async Task<Dictionary<Guid, RunRow>> LastOfAsync(IReadOnlyCollection<Guid> jobIds, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"""
            SELECT {Columns} FROM unnest($1) AS job (id)
            CROSS JOIN LATERAL (SELECT * FROM export_run WHERE job_id = job.id ORDER BY started_at DESC, run_id DESC LIMIT 1) AS run
            """);
        command.Parameters.Add(new() { Value = jobIds.ToArray() });
        return (await ReadAsync(command, cancellationToken)).ToDictionary(run => run.JobId!.Value);
    }

    /// <summary>Runs that wait for a try, oldest first: new, interrupted by a crash, failed and due again, or being written by a replica right now. Not those that ended as failed.</summary>
    public async Task<List<Guid>> ListOpenAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "SELECT run_id FROM export_run WHERE state <> 'completed' AND next_attempt_at <= $1 ORDER BY next_attempt_at, run_id LIMIT $2");
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var runs = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            runs.Add(reader.GetGuid(0));
        }

        return runs;
    }

    private const string Complete = """
        UPDATE export_run
        SET state = 'completed', completed_at = $2, row_count = $3, unpriced_count = $4, cost_nanos = $5, currency = $6, sha256 = $7, bytes = $8, error = ''
        WHERE run_id = $1 AND state <> 'completed'
        """;

    /// <summary>False when the run was completed before.</summary>
    public static async Task<bool> TryCompleteAsync(
        NpgsqlTransaction transaction, Guid runId, DataFile file, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Complete, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = runId }, new() { Value = now }, new() { Value = file.Rows }, new() { Value = file.UnpricedRows },
                new() { Value = file.CostNanos }, new() { Value = file.Currency }, new() { Value = file.Sha256 }, new() { Value = file.Bytes },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <param name="nextAttemptAt">Null: the run ends.</param>
    public async Task FailAsync(Guid runId, string error, DateTimeOffset? nextAttemptAt, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            UPDATE export_run SET state = 'failed', failure_count = failure_count + 1, error = $2, next_attempt_at = $3
            WHERE run_id = $1 AND state <> 'completed'
            """);
        command.Parameters.Add(new() { Value = runId });
        command.Parameters.Add(new() { Value = error });
        command.Parameters.Add(new() { Value = (object?)nextAttemptAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Makes a failed run due at once: somebody asked for it again. Runs in other states are left alone.</summary>
    public async Task RetryNowAsync(Guid runId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "UPDATE export_run SET state = 'running', next_attempt_at = $2 WHERE run_id = $1 AND state = 'failed'");
        command.Parameters.Add(new() { Value = runId });
        command.Parameters.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<RunRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var runs = new List<RunRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            runs.Add(ReadRow(reader));
        }

        return runs;
    }

    private static RunRow ReadRow(NpgsqlDataReader reader)
    {
        var status = Enum.Parse<RunStatus>(reader.GetString(4), ignoreCase: true);
        var file = status != RunStatus.Completed
            ? null
            : new DataFile(reader.GetInt64(14), reader.GetInt64(15), reader.GetInt64(16), reader.GetString(17), reader.GetString(18), reader.GetInt64(19));
        return new RunRow(
            reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetGuid(1), reader.GetString(2), MomentOrNull(reader, 3), status, Moment(reader, 5),
            Moment(reader, 6), Moment(reader, 7), reader.GetString(8), reader.GetString(9), reader.GetString(10), reader.GetString(11), Moment(reader, 12),
            MomentOrNull(reader, 13), file, reader.GetInt32(20), MomentOrNull(reader, 21), reader.GetString(22));
    }

    private static DateTimeOffset Moment(NpgsqlDataReader reader, int column) => reader.GetFieldValue<DateTimeOffset>(column);

    private static DateTimeOffset? MomentOrNull(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : Moment(reader, column);
}
