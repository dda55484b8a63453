using Npgsql;
using NpgsqlTypes;
using Platform.Routing.Journal;

namespace Platform.Routing.Shipping;

/// <summary>A gateway whose usage waits in its journal, as it said last.</summary>
internal readonly record struct LateGateway(string Replica, long Unshipped, DateTimeOffset OldestAt);

/// <summary>All SQL of how journals stand.</summary>
internal static class JournalStandingStore
{
    private const string Upsert = """
        INSERT INTO journal_standing (replica, unshipped, oldest_unshipped_at, said_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (replica) DO UPDATE SET unshipped = EXCLUDED.unshipped, oldest_unshipped_at = EXCLUDED.oldest_unshipped_at, said_at = EXCLUDED.said_at
        """;

    private const string Forget = "DELETE FROM journal_standing WHERE said_at < $1";

    private const string ListLate = """
        SELECT replica, unshipped, oldest_unshipped_at FROM journal_standing WHERE oldest_unshipped_at <= $1 ORDER BY oldest_unshipped_at, replica
        """;

    public static async Task SayAsync(NpgsqlTransaction transaction, string replica, JournalStanding standing, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Upsert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = replica }, new() { Value = standing.Unshipped },
                new() { Value = (object?)standing.OldestUnshippedAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Forgets gateways that have said nothing for so long: they were taken away for good.</summary>
    public static async Task ForgetAsync(NpgsqlTransaction transaction, DateTimeOffset saidBefore, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Forget, transaction.Connection, transaction) { Parameters = { new() { Value = saidBefore } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Those with usage of before, the oldest first.</summary>
    public static async Task<List<LateGateway>> ListLateAsync(NpgsqlTransaction transaction, DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ListLate, transaction.Connection, transaction) { Parameters = { new() { Value = endedBefore } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var late = new List<LateGateway>();
        while (await reader.ReadAsync(cancellationToken))
        {
            late.Add(new LateGateway(reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2)));
        }

        return late;
    }
}
