using System.Runtime.CompilerServices;
using Google.Protobuf;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres.Forgetting;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>What a batch of hold operations decides on, read behind its wallets' locks.</summary>
/// <param name="Denied">Attempts that were refused, with the outcome.</param>
/// <param name="Caps">The cap accounts of the commands, locked.</param>
internal sealed record LockedHolds(
    List<WalletAccounts> Wallets, Dictionary<Guid, HoldSnapshot> Holds, Dictionary<Guid, HoldOutcome> Denied, List<CapAccount> Caps);

/// <summary>What the commands of a batch need.</summary>
/// <param name="LookUp">Attempts whose holds' wallets are to be locked too.</param>
/// <param name="Creates">Attempts that may have been refused before.</param>
/// <param name="CapAccounts">Cap accounts that the creates are to be debited from.</param>
internal sealed record HoldNeeds(string[] Wallets, Guid[] LookUp, Guid[] Attempts, Guid[] Creates, long[] CapAccounts);

/// <summary>All SQL of holds.</summary>
internal sealed class HoldStore(NpgsqlDataSource dataSource)
{
    /// <summary>The SQLSTATE of a batch that was decided on what is no longer so: see <see cref="LastWritten"/>.</summary>
    public const string WrittenElsewhere = "KT001";

    private const string Columns =
        "attempt_id, wallet_id, bound, held, state, reported, reason, expires_at, sent_at, occurred_at, team_id, user_id, application_id, marks, cap_accounts";

    private const string LockWallets = $"SELECT {LedgerStore.Columns} FROM wallet WHERE wallet_id = ANY($1) ORDER BY wallet_id FOR UPDATE";

    private const string LockWalletsOf = $"""
        SELECT {LedgerStore.Columns} FROM wallet
        WHERE wallet_id IN (SELECT unnest($1::text[]) UNION SELECT h.wallet_id FROM hold h WHERE h.attempt_id = ANY($2))
        ORDER BY wallet_id FOR UPDATE
        """;

    // Statements of their own after the lock, so that they see what the lock waited for.
    internal const string Read = $"SELECT {Columns} FROM hold WHERE attempt_id = ANY($1)";

    /// <summary>Attempts that were refused: asked for again after their time, one is decided anew.</summary>
    public static readonly AgingTable RefusedAttempts = new("denied_attempt", options => options.MessageDays);

    private const string ReadDenied = "SELECT attempt_id, outcome FROM denied_attempt WHERE attempt_id = ANY($1)";

    private const string Insert = """
        INSERT INTO hold (
            attempt_id, wallet_id, bound, held, state, reported, reason, expires_at, sent_at, context_proto, occurred_at, team_id, user_id, application_id,
            marks, cap_accounts, recorded_at, ended_at)
        SELECT attempt_id, wallet_id, bound, held, state, reported, reason, expires_at, sent_at, context_proto, occurred_at, team_id, user_id, application_id,
            marks, cap_accounts::bigint[], $16, CASE WHEN state >= 5 THEN $16 END
        FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::smallint[], $6::bigint[], $7::text[], $8::timestamptz[], $9::timestamptz[],
            $10::bytea[], $11::timestamptz[], $12::text[], $13::text[], $14::text[], $15::smallint[], $17::text[])
            AS n(attempt_id, wallet_id, bound, held, state, reported, reason, expires_at, sent_at, context_proto, occurred_at, team_id, user_id,
            application_id, marks, cap_accounts)
        """;

    private const string Step = """
        UPDATE hold h
        SET held = n.held, state = n.state, reported = n.reported, reason = n.reason, expires_at = n.expires_at, sent_at = n.sent_at,
            ended_at = CASE WHEN n.state >= 5 THEN coalesce(h.ended_at, $8) END
        """;

    private const string Update = $"""
        {Step}
        FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[])
            AS n(attempt_id, held, state, reported, reason, expires_at, sent_at)
        WHERE h.attempt_id = n.attempt_id
        """;

    // Locks as LockWallets does; the transactions come in the order of the wallets. An update that another one is about to commit is waited for, and its row is compared.
    private const string LockKnown = """
        WITH locked AS (SELECT wallet_id, xmin FROM wallet WHERE wallet_id = ANY($1) ORDER BY wallet_id FOR UPDATE)
        SELECT CASE
            WHEN (SELECT array_agg(xmin ORDER BY wallet_id) FROM locked) = $2::xid[] THEN pg_current_xact_id()::xid
            ELSE written_elsewhere() END
        """;

    // A statement of its own after the lock, so that it sees what the lock waited for.
    private const string RequireNotDenied = "SELECT written_elsewhere() FROM denied_attempt WHERE attempt_id = ANY($1)";

    private const string UpdateKnown = $"""
        WITH updated AS (
            {Step}
            FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[], $9::xid[])
                AS n(attempt_id, held, state, reported, reason, expires_at, sent_at, version)
            WHERE h.attempt_id = n.attempt_id AND h.xmin = n.version
            RETURNING 1)
        SELECT written_elsewhere() WHERE (SELECT count(*) FROM updated) <> cardinality($1)
        """;

    private const string InsertDenied =
        "INSERT INTO denied_attempt (attempt_id, outcome, recorded_at) SELECT attempt_id, outcome, $3 FROM unnest($1::uuid[], $2::smallint[]) AS n(attempt_id, outcome)";

    private const string ListDue = """
        SELECT attempt_id, expires_at FROM hold
        WHERE ended_at IS NULL AND expires_at >= $1 AND (expires_at, attempt_id) > ($1, $2) AND expires_at <= $3 AND state IN (1, 2)
        ORDER BY expires_at, attempt_id LIMIT $4
        """;

    private const string Open = $"SELECT {Columns}, context_proto, context::text FROM hold WHERE ended_at IS NULL AND occurred_at < $1";

    private const string ListOpen = $"{Open} ORDER BY attempt_id";

    private const string FindOpen = $"{Open} AND attempt_id = $2";

    /// <summary>Reads what an older or newer version of the service wrote.</summary>
    private static readonly JsonParser ContextJson = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>
    /// Locks wallets in order and reads, behind the locks, what commands on these attempts are decided on, then locks their cap accounts: one round trip, which
    /// also begins the transaction.
    /// </summary>
    public static async Task<LockedHolds> LockAsync(NpgsqlTransaction transaction, HoldNeeds needs, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        batch.BatchCommands.Add(
            needs.LookUp.Length == 0 ? LedgerStore.Command(LockWallets, (object)needs.Wallets) : LedgerStore.Command(LockWalletsOf, needs.Wallets, needs.LookUp));
        batch.BatchCommands.Add(LedgerStore.Command(Read, needs.Attempts));
        batch.BatchCommands.Add(LedgerStore.Command(ReadDenied, needs.Creates));
        if (needs.CapAccounts.Length > 0)
        {
            batch.BatchCommands.Add(CapAccountStore.LockCommand(needs.CapAccounts, needs.Attempts));
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var (wallets, holds) = await ReadLockedAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var denied = new Dictionary<Guid, HoldOutcome>();
        while (await reader.ReadAsync(cancellationToken))
        {
            denied.Add(reader.GetGuid(0), (HoldOutcome)reader.GetInt16(1));
        }

        // Without such a statement there is no further result, and nothing to read.
        await reader.NextResultAsync(cancellationToken);
        return new LockedHolds(wallets, holds, denied, await CapAccountStore.ReadAsync(reader, cancellationToken));
    }

    /// <summary>Locks the wallets of these holds, and others beside them, in order, and reads the holds behind the locks: one round trip.</summary>
    public static async Task<(List<WalletAccounts> Wallets, Dictionary<Guid, HoldSnapshot> Holds)> LockAsync(
        NpgsqlTransaction transaction, Guid[] attemptIds, string[] otherWallets, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands = { LedgerStore.Command(LockWalletsOf, otherWallets, attemptIds), LedgerStore.Command(Read, attemptIds) },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadLockedAsync(reader, cancellationToken);
    }

    /// <summary>
    /// Writes holds for the first time, in the order of their ids, so that two batches that make the same ones wait for each other in one direction. A hold that
    /// another transaction made in this moment fails the batch with a unique violation; its repeat sees it.
    /// </summary>
    public static void AddNewTo(NpgsqlBatch batch, IReadOnlyCollection<NewHold> made, DateTimeOffset now)
    {
        if (made.Count == 0)
        {
            return;
        }

        var rows = made.ToArray();
        Array.Sort(rows, (left, right) => left.Hold.AttemptId.CompareTo(right.Hold.AttemptId));
        T[] Column<T>(Func<NewHold, T> value) => Array.ConvertAll(rows, row => value(row));
        batch.BatchCommands.Add(LedgerStore.Command(
            Insert, Column(r => r.Hold.AttemptId), Column(r => r.Hold.WalletId), Column(r => r.Hold.Bound), Column(r => r.Hold.Held),
            Column(r => (short)r.Hold.State), Column(r => r.Hold.Reported), Column(r => r.Hold.Reason), Column(r => r.Hold.ExpiresAt),
            Column(r => r.Hold.SentAt), Column(r => r.Context), Column(r => r.Hold.OccurredAt), Column(r => r.Hold.TeamId), Column(r => r.Hold.UserId),
            Column(r => r.Hold.ApplicationId), Column(r => (short)r.Hold.Marks), now, Column(r => ArrayText(r.Hold.CapAccounts))));
    }

    public static void AddTo(NpgsqlBatch batch, IReadOnlyCollection<HoldSnapshot> holds, DateTimeOffset now)
    {
        if (holds.Count > 0)
        {
            batch.BatchCommands.Add(UpdateCommand(Update, holds, now));
        }
    }

    /// <summary>As <see cref="AddTo(NpgsqlBatch, IReadOnlyCollection{HoldSnapshot}, DateTimeOffset)"/>, if these transactions are still the last that wrote them; else the batch fails as <see cref="AddKnownTo"/> says.</summary>
    public static void AddTo(NpgsqlBatch batch, IReadOnlyCollection<HoldSnapshot> holds, uint[] versions, DateTimeOffset now)
    {
        if (holds.Count > 0)
        {
            var command = UpdateCommand(UpdateKnown, holds, now);
            command.Parameters.Add(Versions(versions));
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>
    /// Locks the wallets in order, then the cap accounts, and makes sure that nobody else has written to the wallets or refused one of the attempts, and that the caps have room: else the batch, which is a transaction of its own,
    /// fails with <see cref="WrittenElsewhere"/>.
    /// Answers the transaction's id.
    /// </summary>
    public static void AddKnownTo(NpgsqlBatch batch, KnownHolds known)
    {
        var command = LedgerStore.Command(LockKnown, (object)Array.ConvertAll(known.Wallets, wallet => wallet.WalletId));
        command.Parameters.Add(Versions(known.Versions));
        batch.BatchCommands.Add(command);
        if (known.Creates.Length > 0)
        {
            batch.BatchCommands.Add(LedgerStore.Command(RequireNotDenied, known.Creates));
        }

        if (known.Debits.Values.Any(debit => debit > 0))
        {
            batch.BatchCommands.Add(CapAccountStore.RequireRoomCommand(known.Debits));
        }
    }

    /// <summary>Answers the transaction's id, which is the xmin of each row that it writes.</summary>
    public static NpgsqlBatchCommand TransactionId() => new("SELECT pg_current_xact_id()::xid");

    /// <summary>Remembers refused attempts, in the order of their ids as <see cref="AddNewTo"/> does.</summary>
    public static void AddTo(NpgsqlBatch batch, IReadOnlyList<Denial> denials, DateTimeOffset now)
    {
        if (denials.Count > 0)
        {
            var rows = denials.OrderBy(denial => denial.AttemptId).ToArray();
            batch.BatchCommands.Add(LedgerStore.Command(
                InsertDenied, Array.ConvertAll(rows, row => row.AttemptId), Array.ConvertAll(rows, row => (short)row.Outcome), now));
        }
    }

    /// <summary>Pending and sent holds that time ends up to a moment, the first to end first.</summary>
    /// <param name="after">The one that they begin behind.</param>
    public async Task<DueHold[]> ListDueAsync(DueHold after, DateTimeOffset upTo, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListDue);
        command.Parameters.Add(new() { Value = after.ExpiresAt });
        command.Parameters.Add(new() { Value = after.AttemptId });
        command.Parameters.Add(new() { Value = upTo });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<DueHold>();
        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add(new DueHold(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1)));
        }

        return [.. due];
    }

    public async Task<long> CountOpenAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT count(*) FROM hold WHERE ended_at IS NULL");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Holds without an end, with what their attempts are about.</summary>
    /// <param name="attemptId">Only this attempt's; null for all.</param>
    public async IAsyncEnumerable<(HoldSnapshot Hold, AttemptContext Context)> ListOpenAsync(
        DateTimeOffset? occurredBefore, Guid? attemptId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(attemptId is null ? ListOpen : FindOpen);
        command.Parameters.Add(new() { Value = occurredBefore ?? DateTimeOffset.MaxValue });
        if (attemptId is { } id)
        {
            command.Parameters.Add(new() { Value = id });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            yield return (ReadHold(reader), ReadContext(reader));
        }
    }

    private static NpgsqlBatchCommand UpdateCommand(string sql, IReadOnlyCollection<HoldSnapshot> holds, DateTimeOffset now) => LedgerStore.Command(
        sql, holds.Select(h => h.AttemptId).ToArray(), holds.Select(h => h.Held).ToArray(), holds.Select(h => (short)h.State).ToArray(),
        holds.Select(h => h.Reported).ToArray(), holds.Select(h => h.Reason).ToArray(),
        holds.Select(h => h.ExpiresAt).ToArray(), holds.Select(h => h.SentAt).ToArray(), now);

    private static NpgsqlParameter Versions(uint[] transactionIds) => new() { Value = transactionIds, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Xid };

    /// <summary>An array as PostgreSQL writes it: an array of arrays of different lengths cannot be sent.</summary>
    private static string ArrayText(long[] values) => values.Length == 0 ? "{}" : $"{{{string.Join(',', values)}}}";

    private static async Task<(List<WalletAccounts> Wallets, Dictionary<Guid, HoldSnapshot> Holds)> ReadLockedAsync(
        NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var wallets = new List<WalletAccounts>();
        while (await reader.ReadAsync(cancellationToken))
        {
            wallets.Add(LedgerStore.ReadWallet(reader));
        }

        await reader.NextResultAsync(cancellationToken);
        var holds = new Dictionary<Guid, HoldSnapshot>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var hold = ReadHold(reader);
            holds.Add(hold.AttemptId, hold);
        }

        return (wallets, holds);
    }

    internal static HoldSnapshot ReadHold(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), (HoldState)reader.GetInt16(4),
        reader.GetFieldValue<long?>(5), reader.GetString(6), reader.GetFieldValue<DateTimeOffset?>(7), reader.GetFieldValue<DateTimeOffset?>(8),
        reader.GetFieldValue<DateTimeOffset>(9))
    {
        TeamId = reader.GetString(10), UserId = reader.GetString(11), ApplicationId = reader.GetString(12), Marks = (TransferMarks)reader.GetInt16(13),
        CapAccounts = reader.GetFieldValue<long[]>(14),
    };

    private static AttemptContext ReadContext(NpgsqlDataReader reader) =>
        !reader.IsDBNull(15) ? AttemptContext.Parser.ParseFrom(reader.GetFieldValue<byte[]>(15))
        : !reader.IsDBNull(16) ? ContextJson.Parse<AttemptContext>(reader.GetString(16))
        : new AttemptContext();
}

/// <summary>A hold that time ends.</summary>
internal readonly record struct DueHold(Guid AttemptId, DateTimeOffset ExpiresAt);
