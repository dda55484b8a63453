using Npgsql;

namespace Platform.Wallet.Allocations;

/// <summary>What a calendar asks of one team's wallets at one moment, in order: ends from the leaves up, then beginnings from the root down.</summary>
internal sealed record DueTurn(string TeamId, IReadOnlyList<DueItem> Items);

/// <param name="Id">Of a period that ends, or of an allocation that begins.</param>
internal sealed record DueItem(Guid Id, bool Ends, string WalletId, string ParentId);

/// <summary>Finds what is due, in order.</summary>
internal sealed class DueStore(NpgsqlDataSource dataSource)
{
    private const long AdvisoryLock = 0x4B54_5045_5249; // "KTPERI"

    // By due moment, a team's wallets together; at one moment teams with something to end come before those with beginnings only, ends go from the leaves up and
    // beginnings from the root down, so that what returns can be given out again. What rolls over does so last: as long as it has an end, what is set aside is its first.
    // What waits is tried when the wallet above has enough, and the rest of an ended period
    // when there is something to return: what leases have drawn for good and what is in suspense does not, unless periods before it have as much (see WalletPeriods.End).
    private const string Find = """
        WITH due AS (
            SELECT p.period_id AS id, true AS ends, w.wallet_id, w.parent_id, w.team_id, p.ends_at AS due_at, 1 AS phase, p.at_end,
                CASE WHEN w.user_id IS NULL AND w.application_id IS NULL THEN 2 ELSE 1 END AS rank
            FROM allocation_period p JOIN wallet w USING (wallet_id)
            WHERE p.ends_at <= $1 AND (p.state = 1 OR (p.state = 2 AND (
                least(w.available, p.remaining - greatest(0, least(greatest(w.leased_drawn, 0), w.held) + w.suspense - (
                    SELECT coalesce(sum(b.remaining), 0) FROM allocation_period b
                    WHERE b.wallet_id = p.wallet_id AND b.state < 3 AND (b.ends_at, b.starts_at, b.period_id) < (p.ends_at, p.starts_at, p.period_id)))) > 0
                OR w.held + w.suspense = 0)))
            UNION ALL
            SELECT a.allocation_id, false, w.wallet_id, w.parent_id, w.team_id, a.due_at, 2, 0, CASE WHEN w.user_id IS NULL AND w.application_id IS NULL THEN 1 ELSE 2 END
            FROM allocation a JOIN wallet w USING (wallet_id) JOIN wallet above ON above.wallet_id = w.parent_id
            WHERE a.due_at <= $1 AND a.allocation_id <> ALL($3) AND (a.state = 1 OR (a.state = 2 AND above.available >= a.amount))),
        next AS (SELECT due_at, team_id FROM due WHERE team_id <> ALL($2) ORDER BY due_at, phase, rank, id LIMIT 1)
        SELECT team_id, id, ends, wallet_id, parent_id FROM due JOIN next USING (due_at, team_id) ORDER BY phase, rank, at_end, id
        """;

    private const string Count = "SELECT count(*) FROM allocation WHERE state = 2";

    /// <summary>False while another replica is at it: one at a time keeps the order. The lock ends with the transaction.</summary>
    public static async Task<bool> TryLeadAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT pg_try_advisory_xact_lock({AdvisoryLock})", transaction.Connection, transaction);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <param name="exceptTeams">Whose turn is not now, and whose wallets are left alone.</param>
    /// <param name="exceptAllocations">That are left alone.</param>
    public static async Task<DueTurn?> FindAsync(
        NpgsqlTransaction transaction, DateTimeOffset now, IReadOnlyCollection<string> exceptTeams, IReadOnlyCollection<Guid> exceptAllocations,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Find, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = now }, new() { Value = exceptTeams.ToArray() }, new() { Value = exceptAllocations.ToArray() } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        DueTurn? turn = null;
        var items = new List<DueItem>();
        while (await reader.ReadAsync(cancellationToken))
        {
            turn ??= new DueTurn(reader.GetString(0), items);
            items.Add(new DueItem(reader.GetGuid(1), reader.GetBoolean(2), reader.GetString(3), reader.GetString(4)));
        }

        return turn;
    }

    public async Task<long> CountWaitingAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Count);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
