using Google.Protobuf;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>All SQL of leases. A lease is read and written behind its wallet's lock only.</summary>
internal sealed class LeaseStore(NpgsqlDataSource dataSource)
{
    internal const string Columns = """
        lease_id, holder, wallet_id, team_id, user_id, application_id, key_id, scope, cap_accounts, state, granted, returned, drawn, open, posted, suspended,
        released, final, journal_incomplete, reason, ends_at, expires_at, created_at, suspended_at
        """;

    private const string FirstWallet = "(SELECT wallet_id FROM wallet WHERE wallet_id = ANY($1) ORDER BY array_position($1, wallet_id) LIMIT 1)";

    private const string LockFirstWallet = $"SELECT {LedgerStore.Columns} FROM wallet WHERE wallet_id = {FirstWallet} FOR UPDATE";

    // After the lock: a wallet that was made while it was waited for is seen.
    private const string ReadFirstWallet = $"SELECT wallet_id FROM wallet WHERE wallet_id = {FirstWallet}";

    private const string ReadNamedAndLive = $"SELECT {Columns} FROM lease WHERE lease_id = $2 OR (state < 6 AND wallet_id = {FirstWallet})";

    // The database's clock, so that replicas agree on who is live. A team's own platform leases from its team's wallets alone, a gateway from everybody's.
    private const string CountHolders = $"""
        SELECT count(DISTINCT holder) FROM (
            SELECT holder FROM lease_watch
            WHERE last_seen > clock_timestamp() - $3 AND (NOT starts_with(holder, '{LeaseHolders.Prefix}') OR starts_with(holder, $4))
            UNION ALL SELECT holder FROM lease WHERE state = 1 AND wallet_id = {FirstWallet}
            UNION ALL SELECT $2) AS live
        """;

    private const string ReadRevisions = "SELECT s.revision, c.revision FROM lease_scopes s, control_revision c";

    private const string LockWalletsOf = $"""
        SELECT {LedgerStore.Columns} FROM wallet
        WHERE wallet_id IN (SELECT l.wallet_id FROM lease l WHERE l.lease_id = ANY($1))
        ORDER BY wallet_id FOR UPDATE
        """;

    // A statement of its own after the lock, so that it sees what the lock waited for.
    internal const string Read = $"SELECT {Columns} FROM lease WHERE lease_id = ANY($1)";

    private const string Insert = """
        INSERT INTO lease (
            lease_id, holder, wallet_id, team_id, user_id, application_id, key_id, scope, cap_accounts, state, granted, ends_at, expires_at, created_at, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """;

    private const string Update = """
        UPDATE lease l
        SET state = n.state, granted = n.granted, returned = n.returned, drawn = n.drawn, open = n.open, posted = n.posted, suspended = n.suspended,
            released = n.released, final = n.final, journal_incomplete = n.journal_incomplete, reason = n.reason, expires_at = n.expires_at, recorded_at = $14,
            recall_answered_at = CASE WHEN l.state = 2 AND n.state <> 2 THEN clock_timestamp() ELSE l.recall_answered_at END,
            suspended_at = CASE WHEN n.state = 5 THEN coalesce(l.suspended_at, $14) END,
            ended_at = CASE WHEN n.state = 6 THEN coalesce(l.ended_at, $14) END
        FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
            $10::boolean[], $11::boolean[], $12::text[], $13::timestamptz[])
            AS n(lease_id, state, granted, returned, drawn, open, posted, suspended, released, final, journal_incomplete, reason, expires_at)
        WHERE l.lease_id = n.lease_id
        """;

    private const string ListDue = """
        SELECT lease_id, wallet_id FROM lease WHERE state < 5 AND expires_at <= $1 AND wallet_id <> ALL($3) ORDER BY expires_at LIMIT $2
        """;

    private const string ListBoundaries = "SELECT DISTINCT wallet_id FROM lease WHERE state = 1 AND ends_at <= $1 ORDER BY wallet_id";

    private const string ListLive = $"""
        SELECT {Columns} FROM lease WHERE state < 6 AND ($1 = '' OR holder = $1) AND ($2 = '' OR wallet_id = $2) ORDER BY lease_id
        """;

    private const string CountLive = "SELECT count(*) FILTER (WHERE state < 5), count(*) FILTER (WHERE state = 5) FROM lease WHERE state < 6";

    private const string IsPosted = "SELECT EXISTS (SELECT FROM posting WHERE attempt_id = $1)";

    private const string ReadDraw = "SELECT lease_id, state, held FROM hold WHERE attempt_id = $1";

    private const string InsertSuspendedDraw = """
        INSERT INTO hold (
            attempt_id, wallet_id, bound, held, state, reason, sent_at, context_proto, occurred_at, recorded_at, team_id, user_id, application_id, lease_id,
            cap_accounts)
        VALUES ($1, $2, $3, $3, 4, $4, $5, $6, $5, $7, $8, $9, $10, $11, $12)
        """;

    /// <summary>Locks the first of a subject's wallets that exists, and reads what a grant is decided from: one round trip.</summary>
    public static async Task<AcquireRows> LockFirstAsync(
        NpgsqlTransaction transaction, LeaseSubject subject, Guid leaseId, string holder, TimeSpan holderLive, CancellationToken cancellationToken)
    {
        var wallets = subject.Wallets;
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                LedgerStore.Command(LockFirstWallet, [wallets]), LedgerStore.Command(ReadFirstWallet, [wallets]),
                LedgerStore.Command(ReadNamedAndLive, wallets, leaseId), LedgerStore.Command(CountHolders, wallets, holder, holderLive, LeaseHolders.PrefixOf(subject.TeamId)),
                LedgerStore.Command(ReadRevisions),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var wallet = await reader.ReadAsync(cancellationToken) ? LedgerStore.ReadWallet(reader) : null;
        await reader.NextResultAsync(cancellationToken);
        var first = await reader.ReadAsync(cancellationToken) ? reader.GetString(0) : null;
        await reader.NextResultAsync(cancellationToken);
        var leases = await ReadLeasesAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var holders = checked((int)reader.GetInt64(0));
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new AcquireRows(wallet, IsStillFirst: wallet?.WalletId == first, leases, holders, reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Locks the wallets of these leases in order and reads the leases, and the revision of scopes, behind the locks: one round trip.</summary>
    public static async Task<(List<WalletAccounts> Wallets, List<LeaseSnapshot> Leases, long ScopesRevision)> LockAsync(
        NpgsqlTransaction transaction, Guid[] leaseIds, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands = { LedgerStore.Command(LockWalletsOf, [leaseIds]), LedgerStore.Command(Read, [leaseIds]), LedgerStore.Command(ReadRevisions) },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var wallets = new List<WalletAccounts>();
        while (await reader.ReadAsync(cancellationToken))
        {
            wallets.Add(LedgerStore.ReadWallet(reader));
        }

        await reader.NextResultAsync(cancellationToken);
        var leases = await ReadLeasesAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (wallets, leases, reader.GetInt64(0));
    }

    public static void AddInsertTo(NpgsqlBatch batch, LeaseSnapshot lease, DateTimeOffset now) => batch.BatchCommands.Add(LedgerStore.Command(
        Insert, lease.LeaseId, lease.Holder, lease.WalletId, lease.Subject.TeamId, lease.Subject.UserId, lease.Subject.ApplicationId, lease.Subject.KeyId,
        lease.Scope, lease.CapAccounts, (short)lease.State, lease.Granted, (object?)lease.EndsAt ?? DBNull.Value, lease.ExpiresAt, lease.CreatedAt, now));

    public static void AddTo(NpgsqlBatch batch, IReadOnlyCollection<LeaseSnapshot> leases, DateTimeOffset now)
    {
        if (leases.Count > 0)
        {
            batch.BatchCommands.Add(LedgerStore.Command(
                Update, leases.Select(l => l.LeaseId).ToArray(), leases.Select(l => (short)l.State).ToArray(), leases.Select(l => l.Granted).ToArray(),
                leases.Select(l => l.Returned).ToArray(), leases.Select(l => l.Drawn).ToArray(), leases.Select(l => l.Open).ToArray(),
                leases.Select(l => l.Posted).ToArray(), leases.Select(l => l.Suspended).ToArray(), leases.Select(l => l.Released).ToArray(),
                leases.Select(l => l.Final).ToArray(), leases.Select(l => l.JournalIncomplete).ToArray(), leases.Select(l => l.Reason).ToArray(),
                leases.Select(l => l.ExpiresAt).ToArray(), now));
        }
    }

    /// <summary>An unknown attempt that leaves its lease, as a hold in suspense.</summary>
    public static void AddSuspendedDrawTo(NpgsqlBatch batch, LeaseSnapshot lease, SuspendedDraw draw, DateTimeOffset now) => batch.BatchCommands.Add(
        LedgerStore.Command(
            InsertSuspendedDraw, draw.AttemptId, lease.WalletId, draw.Amount, draw.Reason, draw.OccurredAt, draw.Context.ToByteArray(), now, draw.TeamId,
            draw.UserId, draw.ApplicationId, lease.LeaseId, lease.CapAccounts));

    /// <summary>True when a usage record of the attempt was posted.</summary>
    public static async Task<bool> IsPostedAsync(NpgsqlTransaction transaction, Guid attemptId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(IsPosted, transaction.Connection, transaction) { Parameters = { new() { Value = attemptId } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The hold that has an attempt's id, of whatever lease or none; null when there is none.</summary>
    public static async Task<(Guid? LeaseId, HoldState State, long Held)?> FindDrawAsync(
        NpgsqlTransaction transaction, Guid attemptId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadDraw, transaction.Connection, transaction) { Parameters = { new() { Value = attemptId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (reader.GetFieldValue<Guid?>(0), (HoldState)reader.GetInt16(1), reader.GetInt64(2))
            : null;
    }

    /// <summary>Leases that time ends, with their wallets, the first to end first.</summary>
    /// <param name="except">Wallets whose leases are not asked for.</param>
    public async Task<List<(Guid LeaseId, string WalletId)>> ListDueAsync(
        DateTimeOffset now, int limit, IReadOnlyCollection<string> except, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListDue);
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = except.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<(Guid LeaseId, string WalletId)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add((reader.GetGuid(0), reader.GetString(1)));
        }

        return due;
    }

    /// <summary>Wallets with an open lease whose period is over.</summary>
    public async Task<string[]> ListBoundariesAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListBoundaries);
        command.Parameters.Add(new() { Value = now });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var wallets = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            wallets.Add(reader.GetString(0));
        }

        return [.. wallets];
    }

    /// <summary>A lease as it stands now; null when there is none.</summary>
    public async Task<LeaseSnapshot?> FindAsync(Guid leaseId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Read);
        command.Parameters.Add(new() { Value = new[] { leaseId } });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return (await ReadLeasesAsync(reader, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Leases that are not ended, by id; an empty filter filters nothing.</summary>
    public async Task<List<LeaseSnapshot>> ListAsync(string holder, string walletId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListLive);
        command.Parameters.Add(new() { Value = holder });
        command.Parameters.Add(new() { Value = walletId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadLeasesAsync(reader, cancellationToken);
    }

    public async Task<(long Live, long Suspended)> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(CountLive);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    internal static async Task<List<LeaseSnapshot>> ReadLeasesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var leases = new List<LeaseSnapshot>();
        while (await reader.ReadAsync(cancellationToken))
        {
            leases.Add(new LeaseSnapshot(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2),
                new LeaseSubject(reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6)), reader.GetString(7),
                reader.GetFieldValue<long[]>(8), (LeaseState)reader.GetInt16(9), reader.GetInt64(10), reader.GetInt64(11), reader.GetInt64(12), reader.GetInt64(13),
                reader.GetInt64(14), reader.GetInt64(15), reader.GetInt64(16), reader.GetBoolean(17), reader.GetBoolean(18), reader.GetString(19),
                reader.GetFieldValue<DateTimeOffset?>(20), reader.GetFieldValue<DateTimeOffset>(21), reader.GetFieldValue<DateTimeOffset>(22))
            {
                SuspendedAt = reader.GetFieldValue<DateTimeOffset?>(23),
            });
        }

        return leases;
    }
}

/// <param name="Wallet">The locked wallet; null when none of them exists.</param>
/// <param name="IsStillFirst">False when one that comes before it was made while the lock was waited for: begin again.</param>
/// <param name="Leases">The one that was asked for, wherever it is, and the wallet's that are not ended.</param>
/// <param name="ControlRevision">Of the newest change of a cap.</param>
internal sealed record AcquireRows(
    WalletAccounts? Wallet, bool IsStillFirst, List<LeaseSnapshot> Leases, int Holders, long ScopesRevision, long ControlRevision);

/// <param name="Amount">Above 0, in nano-units.</param>
internal sealed record SuspendedDraw(
    Guid AttemptId, long Amount, string Reason, DateTimeOffset OccurredAt, string TeamId, string UserId, string ApplicationId, AttemptContext Context);
