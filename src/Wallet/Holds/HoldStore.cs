using System.Runtime.CompilerServices;
using Google.Protobuf;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>All SQL of holds.</summary>
internal sealed class HoldStore(NpgsqlDataSource dataSource)
{
    private const string Columns =
        "attempt_id, wallet_id, bound, held, state, reported, reason, expires_at, sent_at, context::text, occurred_at";

    private const string Create = """
        SELECT wallet_id, wallet_currency, available, created, denied, held_state, held_wallet, held_bound
        FROM hold_create($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    private const string Apply = "SELECT hold_apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

    private const string LockWalletsOf = $"""
        SELECT {LedgerStore.Columns} FROM wallet
        WHERE wallet_id IN (SELECT h.wallet_id FROM hold h WHERE h.attempt_id = ANY($1)) OR wallet_id = ANY($2)
        ORDER BY wallet_id FOR UPDATE
        """;

    // A statement of its own after the lock, so that it sees what the lock waited for.
    internal const string Read = $"SELECT {Columns} FROM hold WHERE attempt_id = ANY($1)";

    private const string Update = """
        UPDATE hold h
        SET held = n.held, state = n.state, reported = n.reported, reason = n.reason, expires_at = n.expires_at, sent_at = n.sent_at,
            ended_at = CASE WHEN n.state >= 5 THEN coalesce(h.ended_at, $8) END
        FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[])
            AS n(attempt_id, held, state, reported, reason, expires_at, sent_at)
        WHERE h.attempt_id = n.attempt_id
        """;

    private const string InsertTombstone = """
        INSERT INTO hold (attempt_id, bound, held, state, reason, occurred_at, recorded_at, ended_at) VALUES ($1, 0, 0, 6, $2, $3, $3, $3)
        ON CONFLICT DO NOTHING
        """;

    private const string Deny = "INSERT INTO denied_attempt (attempt_id, recorded_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";

    private const string ListDue = """
        (SELECT attempt_id FROM hold WHERE state = 1 AND expires_at <= $1 ORDER BY expires_at LIMIT $3)
        UNION ALL
        (SELECT attempt_id FROM hold WHERE state = 2 AND sent_at <= $2 ORDER BY sent_at LIMIT $3)
        """;

    private const string ListOpen = $"""
        SELECT {Columns} FROM hold WHERE state <= 4 AND occurred_at < $1 ORDER BY attempt_id
        """;

    /// <summary>Sets a bound aside: one round trip, one transaction.</summary>
    public async Task<CreateHoldFacts> CreateAsync(
        Guid attemptId, CreateHoldRequest request, DateTimeOffset expiresAt, DateTimeOffset occurredAt, string actor, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Create);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = attemptId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(now) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = request.TeamId });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = request.BoundNanos });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = request.Currency });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = request.Sent });
        command.Parameters.Add(new() { Value = request.Sent ? DBNull.Value : expiresAt, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        var context = JsonFormatter.Default.Format(request.Context ?? new AttemptContext());
        command.Parameters.Add(new() { Value = context, NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = actor });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = occurredAt });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new CreateHoldFacts(
            Text(reader, 0), Text(reader, 1), reader.GetFieldValue<long?>(2) ?? 0, reader.GetBoolean(3),
            reader.GetBoolean(4), (HoldState?)reader.GetFieldValue<short?>(5), Text(reader, 6), reader.GetFieldValue<long?>(7));
    }

    /// <summary>A hold as it stands now; null when there is none. It may change at once: see <see cref="TryApplyAsync"/>.</summary>
    public async Task<HoldSnapshot?> ReadAsync(Guid attemptId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Read);
        command.Parameters.Add(new() { Value = new[] { attemptId } });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ReadHold(reader) : null;
    }

    /// <summary>
    /// Writes a decided step and its transfers if the hold still stands as it was seen: one round trip, one transaction. False when it does not.
    /// </summary>
    public async Task<bool> TryApplyAsync(HoldSnapshot seen, HoldDecision decision, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hold = decision.Hold!;
        var moves = decision.Moves.Where(move => move.Amount > 0).ToList();
        await using var command = dataSource.CreateCommand(Apply);
        object[] values =
        [
            seen.AttemptId, (short)seen.State, seen.Held, (object?)seen.Reported ?? DBNull.Value, (short)hold.State, hold.Held,
            (object?)hold.Reported ?? DBNull.Value, hold.Reason, (object?)hold.ExpiresAt ?? DBNull.Value, (object?)hold.SentAt ?? DBNull.Value,
            moves.Select(_ => Guid.CreateVersion7(now)).ToArray(), moves.Select(move => (short)move.Kind).ToArray(),
            moves.Select(move => (short)move.From).ToArray(), moves.Select(move => (short)move.To).ToArray(),
            moves.Select(move => move.Amount).ToArray(), actor, now,
        ];
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Locks the wallets of these holds, and others beside them, in order, and reads the holds behind the locks: one round trip.</summary>
    public static async Task<(List<WalletAccounts> Wallets, Dictionary<Guid, HoldSnapshot> Holds)> LockAsync(
        NpgsqlTransaction transaction, Guid[] attemptIds, string[] otherWallets, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands = { LedgerStore.Command(LockWalletsOf, attemptIds, otherWallets), LedgerStore.Command(Read, attemptIds) },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
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

    public static void AddTo(NpgsqlBatch batch, IReadOnlyCollection<HoldSnapshot> holds, DateTimeOffset now)
    {
        if (holds.Count > 0)
        {
            batch.BatchCommands.Add(LedgerStore.Command(
                Update, holds.Select(h => h.AttemptId).ToArray(), holds.Select(h => h.Held).ToArray(), holds.Select(h => (short)h.State).ToArray(),
                holds.Select(h => h.Reported).ToArray(), holds.Select(h => h.Reason).ToArray(),
                holds.Select(h => h.ExpiresAt).ToArray(), holds.Select(h => h.SentAt).ToArray(), now));
        }
    }

    /// <summary>Remembers an id as released before it was ever held. False when it was held in this moment.</summary>
    public async Task<bool> TryInsertTombstoneAsync(Guid attemptId, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(InsertTombstone);
        command.Parameters.Add(new() { Value = attemptId });
        command.Parameters.Add(new() { Value = reason });
        command.Parameters.Add(new() { Value = now });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>True the first time that an attempt is refused for funds.</summary>
    public static async Task<bool> TryDenyAsync(NpgsqlTransaction transaction, Guid attemptId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Deny, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = attemptId }, new() { Value = now } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public async Task<Guid[]> ListDueAsync(DateTimeOffset now, TimeSpan sentLimit, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListDue);
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = now - sentLimit });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add(reader.GetGuid(0));
        }

        return [.. due];
    }

    public async Task<long> CountOpenAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT count(*) FROM hold WHERE state <= 4");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public async IAsyncEnumerable<HoldSnapshot> ListOpenAsync(
        DateTimeOffset? occurredBefore, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListOpen);
        command.Parameters.Add(new() { Value = occurredBefore ?? DateTimeOffset.MaxValue });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            yield return ReadHold(reader);
        }
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    internal static HoldSnapshot ReadHold(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), Text(reader, 1), reader.GetInt64(2), reader.GetInt64(3), (HoldState)reader.GetInt16(4),
        reader.GetFieldValue<long?>(5), reader.GetString(6), reader.GetFieldValue<DateTimeOffset?>(7), reader.GetFieldValue<DateTimeOffset?>(8),
        reader.GetString(9), reader.GetFieldValue<DateTimeOffset>(10));
}
