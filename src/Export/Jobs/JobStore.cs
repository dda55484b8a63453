using Npgsql;
using NpgsqlTypes;

namespace Platform.Export.Jobs;

/// <summary>All SQL of export jobs. Methods that take a transaction run in it.</summary>
internal sealed class JobStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "job_id, name, cron, window_name, format, bucket, prefix, created_at, next_due_at";

    private const string Insert = $"""
        INSERT INTO export_job ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO NOTHING
        """;

    /// <summary>False when the name is taken.</summary>
    public static async Task<bool> TryInsertAsync(NpgsqlTransaction transaction, JobRow job, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = job.JobId }, new() { Value = job.Settings.Name }, new() { Value = job.Settings.Cron },
                new() { Value = job.Settings.Window }, new() { Value = job.Settings.Format }, new() { Value = job.Settings.Bucket },
                new() { Value = job.Settings.Prefix }, new() { Value = job.CreatedAt }, Moment(job.NextDueAt),
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private const string SelectOne = $"""
        SELECT {Columns} FROM export_job WHERE name = $1 OR job_id = $2 ORDER BY (job_id = $2) DESC NULLS LAST LIMIT 1
        """;

    /// <param name="job">Id or name; an id goes first, should a job be named like another's id.</param>
    public async Task<JobRow?> FindAsync(string job, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await FindAsync(new NpgsqlCommand(SelectOne, connection), job, cancellationToken);
    }

    public static Task<JobRow?> FindAsync(NpgsqlTransaction transaction, string job, CancellationToken cancellationToken) =>
        FindAsync(new NpgsqlCommand(SelectOne, transaction.Connection, transaction), job, cancellationToken);

    private static async Task<JobRow?> FindAsync(NpgsqlCommand command, string job, CancellationToken cancellationToken)
    {
        await using var owned = command;
        command.Parameters.Add(new NpgsqlParameter { Value = job });
        command.Parameters.Add(new NpgsqlParameter { Value = Guid.TryParse(job, out var id) ? id : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>All jobs, by name.</summary>
    public async Task<List<JobRow>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM export_job ORDER BY name");
        return await ReadAsync(command, cancellationToken);
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
            jobs.Add(new JobRow(
                reader.GetGuid(0), settings, reader.GetFieldValue<DateTimeOffset>(7), reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8)));
        }

        return jobs;
    }
}
