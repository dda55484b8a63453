using Grpc.Core;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Export.Objects;

namespace Platform.Export.Jobs;

/// <summary>All SQL of export jobs. Methods that take a transaction run in it.</summary>
internal sealed class JobStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "job_id, name, cron, window_name, format, bucket, prefix, created_at, next_due_at, created_by, changed_by, paused_at, removed_at";

    private const string Insert = $"""
        INSERT INTO export_job ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (name) WHERE removed_at IS NULL DO NOTHING
        """;

    /// <summary>False when the name is taken.</summary>
    public static async Task<bool> TryInsertAsync(NpgsqlTransaction transaction, JobRow job, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction);
        AddTo(command, job);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    // Of two who ask for the same name at once the second sees what the first has made. A statement of its own, so that the next one's snapshot is taken behind it.
    private const string LockName = "SELECT pg_advisory_xact_lock(hashtextextended('files named ' || $1, 0))";

    // Runs of a removed job that are not written yet go to where the job wrote when it was removed.
    private const string SelectFolderTaken = """
        SELECT EXISTS (SELECT FROM export_run WHERE job_id IS DISTINCT FROM $1 AND job_name = $2 AND bucket = $3 AND starts_with(data_key, $4))
            OR EXISTS (
                SELECT FROM export_run r JOIN export_job j USING (job_id)
                WHERE job_id <> $1 AND r.job_name = $2 AND r.due_at IS NOT NULL AND r.state <> 'completed' AND j.bucket = $3 AND rtrim(j.prefix, '/') = rtrim($5, '/'))
        """;

    /// <summary>
    /// Runs that are not the job's have written into its bucket and folder, or will: one-off ones of its name, or those of a removed job that had it. A reader of the folder would sum them with the job's runs,
    /// which together are everything once.
    /// </summary>
    /// <exception cref="Grpc.Core.RpcException">ALREADY_EXISTS (FOLDER_TAKEN).</exception>
    public static async Task RequireOwnFolderAsync(NpgsqlTransaction transaction, JobRow job, CancellationToken cancellationToken)
    {
        var (name, bucket, prefix) = (job.Settings.Name, job.Settings.Bucket, job.Settings.Prefix);
        if (await IsTrueAsync(transaction, SelectFolderTaken, [job.JobId, name, bucket, ObjectNames.DataFolder(prefix, name), prefix], name, cancellationToken))
        {
            throw RpcErrors.Create(
                StatusCode.AlreadyExists, Reasons.FolderTaken,
                $"Runs of before named '{name}', one-off ones or a removed job's, have their files in this folder or are still to be written there, and whoever reads it would count them with the job's. Choose another name, bucket or prefix for the job.");
        }
    }

    private const string SelectJobsFolder = """
        SELECT EXISTS (SELECT FROM export_job WHERE removed_at IS NULL AND name = $1 AND bucket = $2 AND rtrim(prefix, '/') = rtrim($4, '/'))
            OR EXISTS (SELECT FROM export_run WHERE job_id IS NOT NULL AND job_name = $1 AND bucket = $2 AND starts_with(data_key, $3))
            OR EXISTS (
                SELECT FROM export_run r JOIN export_job j USING (job_id)
                WHERE r.job_name = $1 AND r.due_at IS NOT NULL AND r.state <> 'completed' AND j.bucket = $2 AND rtrim(j.prefix, '/') = rtrim($4, '/'))
        """;

    /// <summary>As RequireOwnFolderAsync, of a one-off run: the folder is a job's, there or removed.</summary>
    /// <exception cref="Grpc.Core.RpcException">ALREADY_EXISTS (FOLDER_TAKEN).</exception>
    public static async Task RequireNoJobsFolderAsync(NpgsqlTransaction transaction, string name, string bucket, string prefix, CancellationToken cancellationToken)
    {
        if (await IsTrueAsync(transaction, SelectJobsFolder, [name, bucket, ObjectNames.DataFolder(prefix, name), prefix], name, cancellationToken))
        {
            throw RpcErrors.Create(
                StatusCode.AlreadyExists, Reasons.FolderTaken,
                $"The folder of '{name}' in this bucket has the files of an export job of that name, or will have, and whoever reads it would count the run's with them. Choose another name, bucket or prefix for the run.");
        }
    }

    /// <param name="name">Nobody else asks about it, or makes a job or a run of it, until the transaction ends.</param>
    private static async Task<bool> IsTrueAsync(NpgsqlTransaction transaction, string sql, object[] values, string name, CancellationToken cancellationToken)
    {
        await using (var latch = new NpgsqlCommand(LockName, transaction.Connection, transaction) { Parameters = { new() { Value = name } } })
        {
            await latch.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private const string Update = """
        UPDATE export_job SET cron = $3, window_name = $4, format = $5, bucket = $6, prefix = $7, next_due_at = $9, changed_by = $11, paused_at = $12, removed_at = $13
        WHERE job_id = $1 AND name = $2 AND created_at = $8 AND created_by = $10
        """;

    /// <summary>Writes all of a job that can change.</summary>
    public static async Task UpdateAsync(NpgsqlTransaction transaction, JobRow job, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Update, transaction.Connection, transaction);
        AddTo(command, job);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private const string SelectOne = $"""
        SELECT {Columns} FROM export_job WHERE (name = $1 AND removed_at IS NULL) OR job_id = $2 ORDER BY (job_id = $2) DESC NULLS LAST LIMIT 1
        """;

    /// <param name="job">Id, also of a removed one, or name; an id goes first, should a job be named like another's id.</param>
    public async Task<JobRow?> FindAsync(string job, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await FindAsync(new NpgsqlCommand(SelectOne, connection), job, cancellationToken);
    }

    public static Task<JobRow?> FindAsync(NpgsqlTransaction transaction, string job, CancellationToken cancellationToken) =>
        FindAsync(new NpgsqlCommand(SelectOne, transaction.Connection, transaction), job, cancellationToken);

    /// <summary>As FindAsync, locked until the transaction ends.</summary>
    public static Task<JobRow?> LockAsync(NpgsqlTransaction transaction, string job, CancellationToken cancellationToken) =>
        FindAsync(new NpgsqlCommand(SelectOne + " FOR UPDATE", transaction.Connection, transaction), job, cancellationToken);

    public static Grpc.Core.RpcException NotFound(string job) => RpcErrors.NotFound(Reasons.JobNotFound, $"There is no export job '{Validation.Shown(job)}'.");

    private static async Task<JobRow?> FindAsync(NpgsqlCommand command, string job, CancellationToken cancellationToken)
    {
        await using var owned = command;
        if (job.Contains('\0'))
        {
            return null; // No text that the database could be asked for.
        }

        command.Parameters.Add(new NpgsqlParameter { Value = job });
        command.Parameters.Add(new NpgsqlParameter { Value = Guid.TryParse(job, out var id) ? id : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>The jobs that are there, by name.</summary>
    public async Task<List<JobRow>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM export_job WHERE removed_at IS NULL ORDER BY name");
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Whether <see cref="LockDueAsync"/> may find one.</summary>
    public async Task<bool> IsAnyDueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT EXISTS (SELECT FROM export_job WHERE next_due_at <= $1)");
        command.Parameters.Add(new() { Value = now });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private const string LockDue = $"""
        SELECT {Columns} FROM export_job WHERE next_due_at <= $1 ORDER BY next_due_at LIMIT 1 FOR UPDATE SKIP LOCKED
        """;

    /// <summary>The job that has been due longest, locked until the transaction ends; jobs that another replica holds are passed over.</summary>
    public static async Task<JobRow?> LockDueAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LockDue, transaction.Connection, transaction) { Parameters = { new() { Value = now } } };
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    public static async Task SetNextDueAsync(NpgsqlTransaction transaction, Guid jobId, DateTimeOffset? nextDueAt, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("UPDATE export_job SET next_due_at = $2 WHERE job_id = $1", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = jobId }, Moment(nextDueAt) },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddTo(NpgsqlCommand command, JobRow job)
    {
        var settings = job.Settings;
        object[] values = [job.JobId, settings.Name, settings.Cron, settings.Window, settings.Format, settings.Bucket, settings.Prefix, job.CreatedAt];
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        command.Parameters.Add(Moment(job.NextDueAt));
        command.Parameters.Add(new() { Value = job.CreatedBy });
        command.Parameters.Add(new() { Value = job.ChangedBy });
        command.Parameters.Add(Moment(job.PausedAt));
        command.Parameters.Add(Moment(job.RemovedAt));
    }

    private static NpgsqlParameter Moment(DateTimeOffset? moment) =>
        new() { Value = (object?)moment ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static async Task<List<JobRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var jobs = new List<JobRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var settings = new JobSettings(
                reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6));
            jobs.Add(new JobRow(reader.GetGuid(0), settings, reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<DateTimeOffset?>(8))
            {
                CreatedBy = reader.GetString(9),
                ChangedBy = reader.GetString(10),
                PausedAt = reader.GetFieldValue<DateTimeOffset?>(11),
                RemovedAt = reader.GetFieldValue<DateTimeOffset?>(12),
            });
        }

        return jobs;
    }
}
