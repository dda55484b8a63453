using Npgsql;
using NpgsqlTypes;
using Platform.Export.Files;
using Platform.Export.Objects;

namespace Platform.Export.Runs;

/// <summary>All SQL of export runs. Methods that take a transaction run in it.</summary>
internal sealed class RunStore(NpgsqlDataSource dataSource)
{
    private const string Insert = """
        INSERT INTO export_run (run_id, job_id, job_name, due_at, state, window_from, window_to, basis, period, time_zone, series_from, recorded_after, watermark,
            format, bucket, data_key, manifest_key, started_at, next_attempt_at, asked_by)
        VALUES ($1, $2, $3, $4, 'running', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
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
                new() { Value = run.JobName }, Moment(run.DueAt), new() { Value = run.From }, new() { Value = run.To },
                new() { Value = run.Span.Basis.ToString().ToLowerInvariant() }, new() { Value = run.Span.Period }, new() { Value = run.TimeZone },
                Moment(run.Span.SeriesFrom), Moment(run.Span.RecordedAfter), new() { Value = run.Watermark }, new() { Value = run.Format },
                new() { Value = run.Bucket }, new() { Value = run.DataKey }, new() { Value = run.ManifestKey }, new() { Value = run.StartedAt },
                Moment(run.NextAttemptAt), new() { Value = run.AskedBy },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public async Task<RunRow?> FindAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {RunReader.Columns} FROM export_run WHERE run_id = $1");
        command.Parameters.Add(new() { Value = runId });
        return (await RunReader.ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>The newest completed run of a job, or of the one-off runs of a name; null when there is none.</summary>
    /// <param name="jobId">Null: one-off runs.</param>
    public async Task<RunRow?> FindNewestCompletedAsync(Guid? jobId, string name, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"""
            SELECT {RunReader.Columns} FROM export_run WHERE {(jobId is null ? "job_id IS NULL AND job_name = $1" : "job_id = $1")} AND state = 'completed'
            ORDER BY started_at DESC, run_id DESC LIMIT 1
            """);
        command.Parameters.Add(new() { Value = (object?)jobId ?? name });
        return (await RunReader.ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    private const string SelectLastOfSeries = $"""
        SELECT {RunReader.Columns} FROM export_run WHERE job_id = $1 AND series_from IS NOT NULL ORDER BY window_from DESC LIMIT 1
        """;

    /// <summary>The run that a job's series goes on from, whatever became of it; null when there is none.</summary>
    public static async Task<RunRow?> FindLastOfSeriesAsync(NpgsqlTransaction transaction, Guid jobId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectLastOfSeries, transaction.Connection, transaction) { Parameters = { new() { Value = jobId } } };
        return (await RunReader.ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Where the windows of a job's scheduled runs end; null when there is none.</summary>
    public static async Task<DateTimeOffset?> FindEndOfScheduledAsync(NpgsqlTransaction transaction, Guid jobId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT max(window_to) FROM export_run WHERE job_id = $1 AND due_at IS NOT NULL", transaction.Connection, transaction) { Parameters = { new() { Value = jobId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<DateTimeOffset?>(0) : null;
    }

    /// <summary>A page, newest first.</summary>
    /// <param name="jobId">Null for all.</param>
    /// <param name="after">The last run of the page before; null for the first page.</param>
    public async Task<List<RunRow>> ListAsync(Guid? jobId, RunRow? after, int limit, CancellationToken cancellationToken)
    {
        // A condition is in the statement only when it is asked for, so that each kind of page has its index.
        await using var command = dataSource.CreateCommand();
        var conditions = new List<string>();
        if (jobId is { } id)
        {
            conditions.Add($"job_id = {Add(id)}");
        }

        if (after is not null)
        {
            conditions.Add($"(started_at, run_id) < ({Add(after.StartedAt)}, {Add(after.RunId)})");
        }

        var where = conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", conditions)}";
        command.CommandText = $"SELECT {RunReader.Columns} FROM export_run {where} ORDER BY started_at DESC, run_id DESC LIMIT {limit}";
        return await RunReader.ReadAsync(command, cancellationToken);

        string Add(object value)
        {
            command.Parameters.Add(new() { Value = value });
            return $"${command.Parameters.Count}";
        }
    }

    /// <summary>The newest run of each of the jobs.</summary>
    public async Task<Dictionary<Guid, RunRow>> LastOfAsync(IReadOnlyCollection<Guid> jobIds, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"""
            SELECT {RunReader.Columns} FROM unnest($1) AS job (id)
            CROSS JOIN LATERAL (SELECT * FROM export_run WHERE job_id = job.id ORDER BY started_at DESC, run_id DESC LIMIT 1) AS export_run
            """);
        command.Parameters.Add(new() { Value = jobIds.ToArray() });
        return (await RunReader.ReadAsync(command, cancellationToken)).ToDictionary(run => run.JobId!.Value);
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
        SET state = 'completed', completed_at = $2, row_count = $3, unpriced_count = $4, cost_nanos = $5, late_count = $6, late_cost_nanos = $7, currency = $8,
            bytes = $9, error = '', store = $10
        WHERE run_id = $1 AND state <> 'completed'
        """;

    private const string InsertFile = """
        INSERT INTO export_file (run_id, billing_period, object_key, row_count, unpriced_count, cost_nanos, late_count, late_cost_nanos, currency, sha256, bytes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    /// <summary>False when the run was completed before.</summary>
    public static async Task<bool> TryCompleteAsync(
        NpgsqlTransaction transaction, Guid runId, RunFiles files, ObjectStoreKind store, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var all = files.Figures;
        await using var command = new NpgsqlCommand(Complete, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = runId }, new() { Value = now }, new() { Value = all.Rows }, new() { Value = all.UnpricedRows }, new() { Value = all.CostNanos },
                new() { Value = all.LateRows }, new() { Value = all.LateCostNanos }, new() { Value = files.Currency }, new() { Value = files.Bytes },
                new() { Value = store.ToString().ToLowerInvariant() },
            },
        };
        if (await command.ExecuteNonQueryAsync(cancellationToken) != 1)
        {
            return false;
        }

        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var (period, key, figures, currency, sha256, bytes) in files.All)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(InsertFile)
            {
                Parameters =
                {
                    new() { Value = runId }, new() { Value = period }, new() { Value = key }, new() { Value = figures.Rows }, new() { Value = figures.UnpricedRows },
                    new() { Value = figures.CostNanos }, new() { Value = figures.LateRows }, new() { Value = figures.LateCostNanos }, new() { Value = currency },
                    new() { Value = sha256 }, new() { Value = bytes },
                },
            });
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }

    private const string Fail = """
        UPDATE export_run SET state = 'failed', failure_count = failure_count + 1, error = $2, next_attempt_at = $3
        WHERE run_id = $1 AND state <> 'completed' RETURNING failure_count
        """;

    /// <summary>Answers how many tries have failed so far; null when the run was completed.</summary>
    /// <param name="nextAttemptAt">Null: the run ends.</param>
    public static async Task<int?> FailAsync(
        NpgsqlTransaction transaction, Guid runId, string error, DateTimeOffset? nextAttemptAt, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Fail, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = runId }, new() { Value = error }, Moment(nextAttemptAt) },
        };
        return (int?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Makes a failed run due at once: somebody asked for it again. Runs in other states are left alone.</summary>
    public static async Task RetryNowAsync(NpgsqlTransaction transaction, Guid runId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "UPDATE export_run SET state = 'running', next_attempt_at = $2 WHERE run_id = $1 AND state = 'failed'", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = runId }, new() { Value = now } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Keeps where a run's objects go from now on. A completed run's stay where they are.</summary>
    public async Task MoveAsync(RunRow run, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("UPDATE export_run SET bucket = $2, data_key = $3, manifest_key = $4 WHERE run_id = $1 AND state <> 'completed'");
        foreach (var value in new object[] { run.RunId, run.Bucket, run.DataKey, run.ManifestKey })
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Keeps from when on a run has what came late, so that each try of it asks the same.</summary>
    public async Task KeepLateFromAsync(Guid runId, DateTimeOffset lateKeptFrom, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("UPDATE export_run SET late_kept_from = $2 WHERE run_id = $1 AND state <> 'completed'");
        command.Parameters.Add(new() { Value = runId });
        command.Parameters.Add(new() { Value = lateKeptFrom });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter Moment(DateTimeOffset? moment) =>
        new() { Value = (object?)moment ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
