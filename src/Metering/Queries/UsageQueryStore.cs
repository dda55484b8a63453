using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>Reads usage records.</summary>
internal sealed class UsageQueryStore(NpgsqlDataSource dataSource)
{
    // Append only and closed at the watermark, so one pass over one statement is the same rows for ever; PostgreSQL sorts on its own disk.
    private const string SelectAll = $"""
        SELECT {UsageReader.Columns}
        FROM usage_record
        WHERE occurred_at >= $1 AND occurred_at < $2 AND recorded_at > $5 AND recorded_at <= $3 AND funding = ANY($4)
        ORDER BY attempt_id, record_id
        """;

    private const string SelectBooked = $"""
        SELECT {UsageReader.Columns}
        FROM (
            SELECT * FROM usage_record WHERE occurred_at >= $1 AND occurred_at < $2 AND booked_at IS NULL
            UNION ALL SELECT * FROM usage_record WHERE booked_at >= $1 AND booked_at < $2) AS booked
        WHERE recorded_at > $5 AND recorded_at <= $3 AND funding = ANY($4)
        ORDER BY attempt_id, record_id
        """;

    private const string SelectOne = $"""
        WITH found AS (
            SELECT 1 AS choice, occurred_at, attempt_id, coalesce(record_id, identity_key) AS record_id FROM usage_identity WHERE identity_key = $1 OR record_id = $1
            UNION ALL SELECT 2, occurred_at, attempt_id, coalesce(record_id, identity_key) FROM usage_identity WHERE attempt_id = $1 AND NOT is_correction
            UNION ALL (SELECT 3, occurred_at, attempt_id, record_id FROM usage_record WHERE call_id = $1 AND call_id <> attempt_id AND corrects_record_id IS NULL
                ORDER BY attempt_number DESC, occurred_at DESC LIMIT 1)
            ORDER BY choice LIMIT 1)
        SELECT {UsageReader.Columns} FROM usage_record JOIN found USING (occurred_at, attempt_id, record_id)
        """;

    private const string SelectMoment = "SELECT occurred_at FROM usage_identity WHERE identity_key = $1 OR record_id = $1 OR (attempt_id = $1 AND NOT is_correction) LIMIT 1";

    private const string SelectNewest = "SELECT max(recorded_at) FROM usage_record WHERE recorded_at > $1";

    private const string SelectAttempts = $"""
        SELECT {UsageReader.Columns} FROM usage_record WHERE call_id = $1 AND call_id <> attempt_id AND corrects_record_id IS NULL
        ORDER BY attempt_number, occurred_at, record_id LIMIT 100
        """;

    /// <summary>A page, newest first by (occurred_at, record_id).</summary>
    public async Task<List<UsageRecord>> ReadPageAsync(UsagePage page, CancellationToken cancellationToken)
    {
        // A condition is in the statement only when it is asked for, so that each kind of page has its index.
        await using var command = dataSource.CreateCommand();
        var conditions = page.Filter.ToSql(SpendDimensions.RecordColumn, command.Parameters);
        conditions.Add($"occurred_at >= {Add(page.From)} AND occurred_at < {Add(page.To)}");
        if (page.AttemptId is { } attemptId)
        {
            conditions.Add($"(occurred_at, record_id) IN ({OfAttempt(Add(attemptId))})");
        }

        if (page.After is { } after)
        {
            conditions.Add($"(occurred_at, record_id) < ({Add(after.Moment)}, {Add(after.RecordId)})");
        }

        command.CommandText = $"""
            SELECT {UsageReader.Columns} FROM usage_record WHERE {string.Join(" AND ", conditions)}
            ORDER BY occurred_at DESC, record_id DESC LIMIT {page.Size}
            """;
        return await ReadAllAsync(command, cancellationToken);

        string Add(object value)
        {
            command.Parameters.Add(new() { Value = value });
            return $"${command.Parameters.Count}";
        }
    }

    /// <summary>What was recorded later than a moment, up to and with another one, newest first.</summary>
    public async Task<List<UsageRecord>> ReadRecordedAsync(
        UsageFilter filter, DateTimeOffset after, DateTimeOffset until, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand();
        var conditions = filter.ToSql(SpendDimensions.RecordColumn, command.Parameters);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = until });
        conditions.Add($"recorded_at > ${command.Parameters.Count - 1} AND recorded_at <= ${command.Parameters.Count}");
        command.CommandText = $"""
            SELECT {UsageReader.Columns} FROM usage_record WHERE {string.Join(" AND ", conditions)}
            ORDER BY recorded_at DESC, record_id DESC LIMIT {limit}
            """;
        return await ReadAllAsync(command, cancellationToken);
    }

    /// <summary>When the last record was recorded, of those that were so later than a moment; null when none was.</summary>
    public async Task<DateTimeOffset?> FindNewestAsync(DateTimeOffset after, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectNewest);
        command.Parameters.Add(new() { Value = after });
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime newest ? new DateTimeOffset(newest) : null;
    }

    /// <summary>A record by its id, that of its attempt, or that of its call (the last attempt); null when there is none.</summary>
    public async Task<UsageRecord?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        (await ReadByAsync(SelectOne, id, cancellationToken)).SingleOrDefault();

    /// <summary>When what has this id, or its attempt, occurred, kept or not; null for what was never recorded.</summary>
    public async Task<DateTimeOffset?> FindMomentAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectMoment);
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<DateTimeOffset>(0) : null;
    }

    /// <summary>The attempts of a call that is more than its attempt, in their order.</summary>
    public Task<List<UsageRecord>> ReadAttemptsAsync(Guid callId, CancellationToken cancellationToken) => ReadByAsync(SelectAttempts, callId, cancellationToken);

    /// <summary>All records of a window, one at a time, by (attempt_id, record_id).</summary>
    /// <param name="checkKept">
    /// Asked once the statement has its snapshot and its locks: a month that is not noted as dropped by then is in it, and stays until it is read.
    /// </param>
    public async IAsyncEnumerable<UsageRecord> StreamAsync(
        UsageWindow window, DateTimeOffset recordedAfter, DateTimeOffset recordedUntil, short[] funding, Func<Task> checkKept,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A connection of its own, because a data source's commands cannot be cancelled.
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(window.ByBooked ? SelectBooked : SelectAll, connection);
        command.Parameters.Add(new() { Value = window.From });
        command.Parameters.Add(new() { Value = window.Before });
        command.Parameters.Add(new() { Value = recordedUntil });
        command.Parameters.Add(new() { Value = funding, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint });
        command.Parameters.Add(new() { Value = recordedAfter });

        // The reader's pace is the caller's: no statement timeout may cut it off.
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var finished = false;
        try
        {
            await checkKept();
            while (await reader.ReadAsync(cancellationToken))
            {
                yield return UsageReader.Read(reader);
            }

            finished = true;
        }
        finally
        {
            // A reader that is closed early would read the rest to its end first.
            if (!finished)
            {
                command.Cancel();
            }
        }
    }

    private async Task<List<UsageRecord>> ReadByAsync(string select, Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(select);
        command.Parameters.Add(new() { Value = id });
        return await ReadAllAsync(command, cancellationToken);
    }

    private static async Task<List<UsageRecord>> ReadAllAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<UsageRecord>();
        while (await reader.ReadAsync(cancellationToken))
        {
            records.Add(UsageReader.Read(reader));
        }

        return records;
    }

    /// <summary>An attempt's record, what corrects it, and what late prices correct in that: there is one index of attempts, that of all identities.</summary>
    private static string OfAttempt(string parameter) => $"""
        WITH attempt AS (
            SELECT occurred_at, coalesce(record_id, identity_key) AS record_id FROM usage_identity WHERE attempt_id = {parameter} AND NOT is_correction
        ), correction AS (
            SELECT c.occurred_at, c.record_id FROM usage_record c JOIN attempt a ON c.corrects_record_id = a.record_id)
        TABLE attempt
        UNION ALL TABLE correction
        UNION ALL SELECT c.occurred_at, c.record_id FROM usage_record c JOIN correction a ON c.corrects_record_id = a.record_id
        """;
}

/// <summary>A span of records, half open.</summary>
/// <param name="ByBooked">True: of when they are booked; else of when they occurred.</param>
internal readonly record struct UsageWindow(DateTimeOffset From, DateTimeOffset Before, bool ByBooked);

/// <param name="After">The last record of the page before; null for the first page.</param>
internal sealed record UsagePage(UsageFilter Filter, DateTimeOffset From, DateTimeOffset To, Guid? AttemptId, PagePosition? After, int Size);
