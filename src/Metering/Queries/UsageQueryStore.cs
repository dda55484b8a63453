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
        WHERE occurred_at >= $1 AND occurred_at < $2 AND recorded_at <= $3 AND funding = ANY($4)
        ORDER BY attempt_id, record_id
        """;

    /// <summary>A page, newest first by (occurred_at, record_id).</summary>
    public async Task<List<UsageRecord>> ReadPageAsync(UsagePage page, CancellationToken cancellationToken)
    {
        // A condition is in the statement only when it is asked for, so that each kind of page has its index.
        await using var command = dataSource.CreateCommand();
        var conditions = new List<string>();
        Add("occurred_at >= {0}", page.From);
        Add("occurred_at < {0}", page.To);
        Add("team_id = {0}", page.TeamId.Length == 0 ? null : page.TeamId);
        Add("attempt_id = {0}", page.AttemptId);
        if (page.After is { } after)
        {
            Add("(occurred_at, record_id) < ({0}, ", after.OccurredAt);
            command.Parameters.Add(new() { Value = after.RecordId });
            conditions[^1] += $"${command.Parameters.Count})";
        }

        command.CommandText = $"""
            SELECT {UsageReader.Columns} FROM usage_record WHERE {string.Join(" AND ", conditions)}
            ORDER BY occurred_at DESC, record_id DESC LIMIT {page.Size}
            """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<UsageRecord>(page.Size);
        while (await reader.ReadAsync(cancellationToken))
        {
            records.Add(UsageReader.Read(reader));
        }

        return records;

        void Add(string condition, object? value)
        {
            if (value is not null)
            {
                command.Parameters.Add(new() { Value = value });
                conditions.Add(string.Format(System.Globalization.CultureInfo.InvariantCulture, condition, $"${command.Parameters.Count}"));
            }
        }
    }

    /// <summary>All records of a window, one at a time, by (attempt_id, record_id).</summary>
    public async IAsyncEnumerable<UsageRecord> StreamAsync(
        DateTimeOffset occurredFrom, DateTimeOffset occurredBefore, DateTimeOffset recordedUntil, short[] funding,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A connection of its own, because a data source's commands cannot be cancelled.
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(SelectAll, connection);
        command.Parameters.Add(new() { Value = occurredFrom });
        command.Parameters.Add(new() { Value = occurredBefore });
        command.Parameters.Add(new() { Value = recordedUntil });
        command.Parameters.Add(new() { Value = funding, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint });

        // The reader's pace is the caller's: no statement timeout may cut it off.
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var finished = false;
        try
        {
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
}

/// <param name="After">The last record of the page before; null for the first page.</param>
internal sealed record UsagePage(
    string TeamId, DateTimeOffset From, DateTimeOffset To, Guid? AttemptId, UsagePosition? After, int Size);

/// <summary>A place in the order newest first.</summary>
internal readonly record struct UsagePosition(DateTimeOffset OccurredAt, Guid RecordId);
