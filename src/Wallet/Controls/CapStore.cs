using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Controls;

/// <summary>All SQL of caps.</summary>
internal sealed class CapStore(NpgsqlDataSource dataSource)
{
    /// <summary>PostgreSQL tells every replica of a change at its commit.</summary>
    public const string Channel = "wallet_controls";

    // When it was last set from nothing or again, which the audit log has; one that was never changed since it was made needs no look there.
    private const string CountsSince = """
        CASE WHEN changed_at = created_at THEN created_at ELSE coalesce(
            (SELECT e.recorded_at FROM identity.audit_log e WHERE e.subject = cap_id AND e.action = 'cap.set' ORDER BY e.audit_id DESC LIMIT 1), created_at) END
        """;

    private const string Columns =
        $"cap_id, scope, scope_id, period, time_zone, source, amount, description, active, revision, created_at, changed_at, changed_by, uncounted, uncounted_until, {CountsSince}";

    /// <summary>What a cap lets through in a period that ends at {0}: at least the smallest amount that there is. Null when it was removed.</summary>
    private const string LimitFormat = "CASE WHEN active THEN CASE WHEN uncounted_until = {0} THEN greatest(1, amount - uncounted) ELSE amount END END";

    private const string NextRevision = "UPDATE control_revision SET revision = revision + 1 RETURNING revision";

    // A removed cap is found too, so that one that is set again goes on where it stood.
    private const string FindSame = $"""
        SELECT {Columns} FROM cap WHERE scope = $1 AND scope_id = $2 AND period = $3 AND source = $4 AND (active OR time_zone = $5)
        ORDER BY active DESC, revision DESC LIMIT 1
        """;

    private const string Upsert = """
        INSERT INTO cap (
            cap_id, scope, scope_id, period, time_zone, source, amount, description, active, revision, created_at, changed_at, changed_by, uncounted, uncounted_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (cap_id) DO UPDATE
        SET amount = excluded.amount, description = excluded.description, active = excluded.active, revision = excluded.revision,
            changed_at = excluded.changed_at, changed_by = excluded.changed_by, uncounted = excluded.uncounted, uncounted_until = excluded.uncounted_until
        """;

    // Behind the accounts' locks, taken in their order as every debit takes them.
    private static readonly string SetLimits = $"""
        WITH locked AS (SELECT account_id FROM cap_account WHERE cap_id = $1 AND period_to > $2 ORDER BY account_id FOR UPDATE)
        UPDATE cap_account a SET limit_nanos = {Limit("a.period_to")} FROM locked JOIN cap ON cap.cap_id = $1 WHERE a.account_id = locked.account_id
        """;

    // Of what an account says is used, that which is not set aside any more.
    private const string Settled = """
        (a.used - coalesce((SELECT sum(l.held) FROM lease l WHERE l.state < 6 AND a.account_id = ANY(l.cap_accounts)), 0)
            - coalesce((SELECT sum(h.held) FROM hold h WHERE h.ended_at IS NULL AND a.account_id = ANY(h.cap_accounts)), 0))::bigint
        """;

    // By account: what holders could still draw when they last told, of what is still set aside. A lease that is closed or in suspense is drawn no more.
    private const string Undrawn = """
        SELECT account_id, sum(greatest(0, least(held, granted - returned - drawn - open)))::bigint AS nanos
        FROM lease CROSS JOIN LATERAL unnest(cap_accounts) AS account_id WHERE $4 AND state < 4 GROUP BY account_id
        """;

    /// <summary>Of a scope and an id (0 and empty: of all), at a moment, with what is undrawn where that is asked for; behind a cap (empty: from the first), so many, of these ids (none: all).</summary>
    /// <remarks>
    /// What is settled is asked for in the period in which a cap began to count only: it is looked for among all that is open. What is undrawn is found once for all caps: both sides are materialized
    /// and joined, as PostgreSQL would read all leases, or all that is undrawn, again for each cap.
    /// </remarks>
    public const string ListActive = $"""
        WITH undrawn AS MATERIALIZED ({Undrawn}),
        a AS MATERIALIZED (
            SELECT cap.*, account_id, period_to, used FROM cap LEFT JOIN LATERAL (
                SELECT account_id, period_to, used FROM cap_account a WHERE a.cap_id = cap.cap_id AND a.period_from <= $3 AND a.period_to > $3
                ORDER BY a.account_id DESC LIMIT 1) account ON true
            WHERE active AND ($1 = 0 OR scope = $1) AND ($2 = '' OR scope_id = $2)
                AND ($5 = '' OR (scope, scope_id, period, source) > (SELECT scope, scope_id, period, source FROM cap WHERE cap_id = $5))
                AND (cardinality($7::text[]) = 0 OR cap_id = ANY($7))
            ORDER BY scope, scope_id, period, source LIMIT $6)
        SELECT {Columns}, coalesce(a.used, 0), CASE WHEN uncounted_until = a.period_to THEN {Settled} ELSE 0 END,
            least(coalesce(undrawn.nanos, 0), coalesce(a.used, 0))
        FROM a LEFT JOIN undrawn ON undrawn.account_id = a.account_id
        ORDER BY scope, scope_id, period, source
        """;

    // Leases that the change concerns: of a team's wallets, of all wallets for the organisation, and those that were debited from the cap.
    private const string LockLeased = $"""
        SELECT {LedgerStore.Columns} FROM wallet w
        WHERE EXISTS (
            SELECT FROM lease l WHERE l.wallet_id = w.wallet_id AND l.state = 1 AND (
                $1 = 1 OR ($1 = 2 AND w.team_id = $2) OR l.cap_accounts && ARRAY(
                    SELECT account_id FROM cap_account a JOIN cap c USING (cap_id) WHERE c.scope = $1 AND c.scope_id = $2)))
        ORDER BY wallet_id FOR UPDATE
        """;

    private const string ReadCount = $"""
        SELECT a.account_id, a.used, {Settled} FROM cap_account a WHERE cap_id = $1 AND period_from <= $2 AND period_to > $2 ORDER BY account_id DESC LIMIT 1
        """;

    /// <summary>The limit of a cap in SQL, from the cap's columns.</summary>
    /// <param name="periodTo">Where the end of the account's period stands.</param>
    public static string Limit(string periodTo) => string.Format(CultureInfo.InvariantCulture, LimitFormat, periodTo);

    public async Task<long> ReadRevisionAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT revision FROM control_revision");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Caps that changed after a revision, removed ones too, in the order of their changes.</summary>
    public async Task<List<CapRow>> ListChangesAsync(long afterRevision, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM cap WHERE revision > $1 ORDER BY revision");
        command.Parameters.Add(new() { Value = afterRevision });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var caps = new List<CapRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            caps.Add(Read(reader));
        }

        return caps;
    }

    /// <summary>Whether there is such a cap, in force or removed: none is forgotten.</summary>
    public async Task<bool> ExistsAsync(string capId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT EXISTS (SELECT FROM cap WHERE cap_id = $1)");
        command.Parameters.Add(new() { Value = capId });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Active caps with what they count in the period that contains a moment, and what is settled of it where it is the one that they began in; undrawn is what leases hold of it ahead of calls, and 0 where it is not asked for.</summary>
    /// <param name="after">The id of the cap that they come after, in force or removed; empty: from the first.</param>
    /// <param name="ids">None: all.</param>
    public async Task<List<(CapRow Cap, long Used, long Settled, long Undrawn)>> ListAsync(
        CapScope scope, string scopeId, DateTimeOffset now, bool withUndrawn, string after, int limit, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListActive);
        command.Parameters.Add(new() { Value = (short)scope });
        command.Parameters.Add(new() { Value = scopeId });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = withUndrawn });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = ids.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var caps = new List<(CapRow, long, long, long)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            caps.Add((Read(reader), reader.GetInt64(16), reader.GetInt64(17), reader.GetInt64(18)));
        }

        return caps;
    }

    /// <summary>Locks the wallets with open leases that a change of a scope's caps concerns; call it before <see cref="BeginChangeAsync"/>.</summary>
    public static async Task<string[]> LockLeasedAsync(
        NpgsqlTransaction transaction, CapScope scope, string scopeId, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, LockLeased, (short)scope, scopeId);
        return [.. (await LedgerStore.ReadWalletsAsync(command, cancellationToken)).Select(wallet => wallet.WalletId)];
    }

    /// <summary>Takes the next revision; other changes of caps wait until this transaction ends. Tells all replicas at the commit.</summary>
    public static async Task<long> BeginChangeAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using (var notify = Command(transaction, $"NOTIFY {Channel}"))
        {
            await notify.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var command = Command(transaction, NextRevision);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The active cap of a scope, period and source in whatever zone; else a removed one of this zone; else null.</summary>
    public static async Task<CapRow?> FindAsync(
        NpgsqlTransaction transaction, CapScope scope, string scopeId, CalendarUnit period, string source, string timeZone,
        CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, FindSame, (short)scope, scopeId, (short)period, source, timeZone);
        return await ReadOneAsync(command, cancellationToken);
    }

    public static async Task<CapRow?> FindAsync(NpgsqlTransaction transaction, string capId, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, $"SELECT {Columns} FROM cap WHERE cap_id = $1", capId);
        return await ReadOneAsync(command, cancellationToken);
    }

    /// <summary>Writes a cap, and its limit into the accounts of the current period and later ones.</summary>
    public static async Task WriteAsync(NpgsqlTransaction transaction, CapRow cap, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using (var upsert = Command(
            transaction, Upsert, cap.CapId, (short)cap.Scope, cap.ScopeId, (short)cap.Period, cap.TimeZone, cap.Source, cap.Amount, cap.Description, cap.Active,
            cap.Revision, cap.CreatedAt, cap.ChangedAt, cap.ChangedBy, cap.Uncounted,
            new NpgsqlParameter { Value = (object?)cap.UncountedUntil ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }))
        {
            await upsert.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var limits = Command(transaction, SetLimits, cap.CapId, now);
        await limits.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What the cap counts in the period that contains a moment.</summary>
    public static async Task<CapCount> ReadCountAsync(NpgsqlTransaction transaction, string capId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, ReadCount, capId, now);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new CapCount(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)) : default;
    }

    private static async Task<CapRow?> ReadOneAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    private static CapRow Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), (CapScope)reader.GetInt16(1), reader.GetString(2), (CalendarUnit)reader.GetInt16(3), reader.GetString(4), reader.GetString(5),
        reader.GetInt64(6), reader.GetString(7), reader.GetBoolean(8), reader.GetInt64(9), reader.GetFieldValue<DateTimeOffset>(10),
        reader.GetFieldValue<DateTimeOffset>(11), reader.GetString(12), reader.GetFieldValue<DateTimeOffset>(15), reader.GetInt64(13), reader.GetFieldValue<DateTimeOffset?>(14));

    private static NpgsqlCommand Command(NpgsqlTransaction transaction, string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
