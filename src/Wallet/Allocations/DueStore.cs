using Npgsql;

namespace Platform.Wallet.Allocations;

/// <summary>The next thing that a calendar asks for: exactly one of the two.</summary>
internal sealed record Due(Guid? PeriodId, Guid? AllocationId);

/// <summary>Finds what is due, in order.</summary>
internal sealed class DueStore(NpgsqlDataSource dataSource)
{
    private const long AdvisoryLock = 0x4B54_5045_5249; // "KTPERI"

    // By due moment; at one moment what ends comes before what begins, ends from the leaves up and beginnings from the root down, so that what returns can be given
    // out again. What waits is tried when the wallet above has enough, and the rest of an ended period when there is something to return.
    private const string Find = """
        SELECT period_id, allocation_id FROM (
            SELECT p.period_id, NULL::uuid AS allocation_id, p.ends_at AS due_at, 1 AS phase,
                CASE WHEN w.user_id IS NULL AND w.application_id IS NULL THEN 2 ELSE 1 END AS rank
            FROM allocation_period p JOIN wallet w USING (wallet_id)
            WHERE p.ends_at <= $1 AND (p.state = 1 OR (p.state = 2 AND (w.available > 0 OR w.held + w.suspense = 0)))
            UNION ALL
            SELECT NULL, a.allocation_id, a.due_at, 2, CASE WHEN w.user_id IS NULL AND w.application_id IS NULL THEN 1 ELSE 2 END
            FROM allocation a JOIN wallet w USING (wallet_id) JOIN wallet above ON above.wallet_id = w.parent_id
            WHERE a.due_at <= $1 AND (a.state = 1 OR (a.state = 2 AND above.available >= a.amount))) d
        ORDER BY due_at, phase, rank, coalesce(period_id, allocation_id) LIMIT 1
        """;

    private const string Count = "SELECT count(*) FROM allocation WHERE state = 2";

    /// <summary>False while another replica is at it: one at a time keeps the order. The lock ends with the transaction.</summary>
    public static async Task<bool> TryLeadAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT pg_try_advisory_xact_lock({AdvisoryLock})", transaction.Connection, transaction);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task<Due?> FindAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Find, transaction.Connection, transaction) { Parameters = { new() { Value = now } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new Due(reader.GetFieldValue<Guid?>(0), reader.GetFieldValue<Guid?>(1)) : null;
    }

    public async Task<long> CountWaitingAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Count);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
