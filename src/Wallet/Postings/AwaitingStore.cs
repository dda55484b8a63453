using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Events;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Postings;

/// <summary>Usage that cannot be posted yet: a correction or a credit note that came before what it is of, or any whose wallet another transaction keeps locked.</summary>
/// <param name="Since">When it came.</param>
internal sealed record AwaitingUsage(UsageMeteredItem Item, string Why, DateTimeOffset Since);

/// <summary>How many records wait.</summary>
/// <param name="Kept">Those of them that wait for a lock to go.</param>
internal readonly record struct AwaitingCount(long All, long Kept);

/// <summary>All SQL of usage that waits.</summary>
internal sealed class AwaitingStore(NpgsqlDataSource dataSource)
{
    // One that waits already keeps its age and has the newest reason: what people read of it is what the last try found.
    private const string Insert = """
        INSERT INTO awaiting_usage (record_id, item, why, recorded_at, try_at)
        SELECT record_id, item, why, $4, $4 FROM unnest($1::uuid[], $2::json[], $3::text[]) WITH ORDINALITY AS a(record_id, item, why, position) ORDER BY position
        ON CONFLICT (record_id) DO UPDATE SET why = excluded.why WHERE awaiting_usage.why <> excluded.why
        """;

    // The next try is set before this one: whoever takes them may die of it. Most wait for a second; what has waited for long is looked at seldom. A try that lies further ahead than any is set was set by a clock that was
    // fast (one that has been put back since, or another replica's): it is due, or the usage would wait until that moment.
    private const string Take = """
        UPDATE awaiting_usage a SET try_at = $1 + greatest(interval '1 second', least(interval '30 seconds', ($1 - a.recorded_at) / 4))
        FROM (SELECT record_id FROM awaiting_usage WHERE try_at <= $1 OR try_at > $1 + interval '1 minute' ORDER BY awaiting_id LIMIT $2 FOR UPDATE SKIP LOCKED) due
        WHERE a.record_id = due.record_id
        RETURNING a.awaiting_id, a.item, a.why, a.recorded_at
        """;

    private const string Delete = "DELETE FROM awaiting_usage WHERE record_id = ANY($1) AND why <> $2 RETURNING awaiting_id, item, why, recorded_at";

    private const string Count = "SELECT count(*), count(*) FILTER (WHERE why = $1) FROM awaiting_usage";

    public static async Task AddAsync(NpgsqlTransaction transaction, IReadOnlyCollection<AwaitingUsage> awaiting, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = awaiting.Select(usage => usage.Item.RecordId).ToArray() },
                new() { Value = awaiting.Select(usage => JsonSerializer.Serialize(usage.Item, JsonSerializerOptions.Web)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Json },
                new() { Value = awaiting.Select(usage => usage.Why).ToArray() },
                new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Those whose next try is due, in the order in which they came; no other replica gets them until the try after it.</summary>
    public async Task<List<AwaitingUsage>> TakeDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Take);
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Takes them out of those that wait; answers which were there.</summary>
    /// <param name="exceptWhy">Those that wait for this reason wait on; no reason is empty.</param>
    public static async Task<List<AwaitingUsage>> RemoveAsync(
        NpgsqlTransaction transaction, Guid[] recordIds, CancellationToken cancellationToken, string exceptWhy = "")
    {
        await using var command = new NpgsqlCommand(Delete, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = recordIds }, new() { Value = exceptWhy } },
        };
        return await ReadAsync(command, cancellationToken);
    }

    public async Task<AwaitingCount> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Count);
        command.Parameters.Add(new() { Value = KeptUsage.Why });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new AwaitingCount(reader.GetInt64(0), reader.GetInt64(1));
    }

    private static async Task<List<AwaitingUsage>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var awaiting = new List<(long Place, AwaitingUsage Usage)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var item = JsonSerializer.Deserialize<UsageMeteredItem>(reader.GetString(1), JsonSerializerOptions.Web)!;
            awaiting.Add((reader.GetInt64(0), new AwaitingUsage(item, reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3))));
        }

        return [.. awaiting.OrderBy(row => row.Place).Select(row => row.Usage)];
    }
}
