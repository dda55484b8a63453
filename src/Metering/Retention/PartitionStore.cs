using Npgsql;
using Platform.Postgres;

namespace Platform.Metering.Retention;

/// <summary>A month of usage records.</summary>
/// <param name="IsAttached">False when a drop was cut short behind its first half.</param>
/// <param name="IsDetaching">True when it was cut short within it.</param>
internal sealed record UsagePartition(string Name, DateTimeOffset Month, bool IsAttached, bool IsDetaching);

/// <summary>All SQL of partitions of usage_record.</summary>
internal sealed class PartitionStore(NpgsqlDataSource dataSource)
{
    private const string TryLock = $"SELECT pg_try_advisory_lock({AdvisoryLocks.Retention})";

    // A partition's name says its month: usage_record_2026_06.
    private const string List = """
        SELECT c.relname, to_date(right(c.relname, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC', c.relispartition, coalesce(i.inhdetachpending, false)
        FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname ~ '^usage_record_[0-9]{4}_[0-9]{2}$'
        ORDER BY 1
        """;

    /// <summary>Runs the work while no other replica does; answers default when one is at it.</summary>
    public async Task<T?> AloneAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var tryLock = new NpgsqlCommand(TryLock, connection);
        if (!(bool)(await tryLock.ExecuteScalarAsync(cancellationToken))!)
        {
            return default;
        }

        try
        {
            return await work(connection);
        }
        finally
        {
            await SessionLock.FreeAsync(connection);
        }
    }

    /// <summary>Oldest first.</summary>
    public static async Task<List<UsagePartition>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(List, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var partitions = new List<UsagePartition>();
        while (await reader.ReadAsync(cancellationToken))
        {
            partitions.Add(new UsagePartition(reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetBoolean(2), reader.GetBoolean(3)));
        }

        return partitions;
    }

    /// <summary>
    /// Takes a month out of the table and drops it. Detached concurrently: that waits for those who read it now, and nobody waits for it; the drop then concerns a
    /// table that nobody sees. Cut short at any moment, it goes on from there.
    /// </summary>
    public static async Task DropAsync(NpgsqlConnection connection, UsagePartition partition, CancellationToken cancellationToken)
    {
        if (partition.IsAttached)
        {
            var how = partition.IsDetaching ? "FINALIZE" : "CONCURRENTLY";
            await ExecuteAsync(connection, $"ALTER TABLE usage_record DETACH PARTITION {partition.Name} {how}", cancellationToken);
        }

        await ExecuteAsync(connection, $"DROP TABLE {partition.Name}", cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // Detaching waits for readers, whose pace is their own.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
