using Npgsql;
using Platform.Contracts;
using Platform.Postgres;
using Platform.Wallet.Controls;

namespace Platform.Wallet.Ledger;

/// <summary>All SQL of wallets, and the one place that writes transfers. <see cref="TransferStore"/> reads them.</summary>
internal sealed class LedgerStore(NpgsqlDataSource dataSource)
{
    private const string WalletColumns = """
        wallet_id, coalesce(team_id, ''), name, currency, available, held, suspense, spent, overage, credited, moved_out,
        coalesce(user_id, ''), coalesce(application_id, ''), coalesce(parent_id, ''), frozen, observe, overflow_to_parent, empty_wait_seconds, low_percents,
        low_announced, awaited_until, last_recorded_at, leased_undrawn, boundary_at, created_at, leased_drawn, low_base, overage_told, exhausted_told_at
        """;

    private const string LockWallets = $"SELECT {WalletColumns} FROM wallet WHERE wallet_id = ANY($1) ORDER BY wallet_id FOR UPDATE";

    private const string LockFreeWallets = "SELECT wallet_id FROM wallet WHERE wallet_id = ANY($1) ORDER BY wallet_id FOR UPDATE SKIP LOCKED";

    private const string InsertWallet = """
        INSERT INTO wallet (wallet_id, team_id, user_id, application_id, parent_id, name, currency, created_at)
        VALUES ($1, nullif($2, ''), nullif($3, ''), nullif($4, ''), nullif($5, ''), $6, $7, $8)
        """;

    private const string UpdateWallets = """
        UPDATE wallet w
        SET available = n.available, held = n.held, suspense = n.suspense, spent = n.spent, overage = n.overage, credited = n.credited, moved_out = n.moved_out,
            low_announced = n.low_announced, leased_undrawn = n.leased_undrawn, last_recorded_at = $11, leased_drawn = n.leased_drawn,
            low_base = n.low_base, overage_told = n.overage_told, exhausted_told_at = n.exhausted_told_at
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::smallint[], $10::bigint[],
            $12::bigint[], $13::bigint[], $14::bigint[], $15::timestamptz[])
            AS n(wallet_id, available, held, suspense, spent, overage, credited, moved_out, low_announced, leased_undrawn, leased_drawn, low_base, overage_told,
                exhausted_told_at)
        WHERE w.wallet_id = n.wallet_id
        """;

    // The sequence follows the order of the arrays: it is the order in which a wallet's balances changed.
    private const string InsertTransfers = """
        INSERT INTO transfer (
            transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after,
            available_before, available_after, actor, description, reference, attempt_id, posting_id, occurred_at, recorded_at, marks, lease_id, corrects,
            idempotency_key)
        SELECT transfer_id, kind, amount, from_wallet, from_account, from_before, from_before - amount, to_wallet, to_account, to_before, to_before + amount,
            available_before, available_after, actor, description, reference, attempt_id, posting_id, occurred_at, recorded_at, marks, lease_id, corrects,
            idempotency_key
        FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::text[], $5::smallint[], $6::bigint[], $7::text[], $8::smallint[], $9::bigint[],
            $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::uuid[], $16::uuid[], $17::timestamptz[], $18::timestamptz[],
            $19::smallint[], $20::uuid[], $21::uuid[], $22::text[])
            WITH ORDINALITY AS t(transfer_id, kind, amount, from_wallet, from_account, from_before, to_wallet, to_account, to_before,
            available_before, available_after, actor, description, reference, attempt_id, posting_id, occurred_at, recorded_at, marks, lease_id, corrects,
            idempotency_key, position)
        ORDER BY position
        """;

    // Most transfers move between two accounts of one wallet for an attempt and have nothing else to say: half the arrays, and what follows from the rest is
    // worked out here. Account 2 is available.
    private const string InsertPlainTransfers = """
        INSERT INTO transfer (
            transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after,
            available_before, available_after, actor, description, reference, attempt_id, occurred_at, recorded_at, marks)
        SELECT transfer_id, kind, amount, wallet_id, from_account, from_before, from_before - amount, wallet_id, to_account, to_before, to_before + amount,
            available_before, available_before + CASE WHEN to_account = 2 THEN amount WHEN from_account = 2 THEN -amount ELSE 0 END,
            actor, description, '', attempt_id, occurred_at, $14, marks
        FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::text[], $5::smallint[], $6::bigint[], $7::smallint[], $8::bigint[], $9::bigint[],
            $10::text[], $11::text[], $12::uuid[], $13::timestamptz[], $15::smallint[])
            WITH ORDINALITY AS t(transfer_id, kind, amount, wallet_id, from_account, from_before, to_account, to_before, available_before,
            actor, description, attempt_id, occurred_at, marks, position)
        ORDER BY position
        """;

    private const string ReadSome = $"SELECT {WalletColumns} FROM wallet WHERE wallet_id = ANY($1) ORDER BY wallet_id";

    private const string ListAll = $"SELECT {WalletColumns} FROM wallet ORDER BY team_id NULLS FIRST, user_id NULLS FIRST, application_id NULLS FIRST";

    private const string ListOfTeam = $"SELECT {WalletColumns} FROM wallet WHERE team_id = $1 ORDER BY user_id NULLS FIRST, application_id NULLS FIRST";

    /// <summary>Locks wallets in the order of their ids, which keeps transactions from waiting for each other in a circle.</summary>
    public static async Task<List<WalletAccounts>> LockAsync(NpgsqlTransaction transaction, string[] walletIds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LockWallets, transaction.Connection, transaction) { Parameters = { new() { Value = walletIds } } };
        return await ReadWalletsAsync(command, cancellationToken);
    }

    /// <summary>Locks those that nobody has locked at this moment; answers which.</summary>
    public static async Task<string[]> LockFreeAsync(NpgsqlTransaction transaction, string[] walletIds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LockFreeWallets, transaction.Connection, transaction) { Parameters = { new() { Value = walletIds } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var free = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            free.Add(reader.GetString(0));
        }

        return [.. free];
    }

    public static async Task InsertWalletAsync(
        NpgsqlTransaction transaction, WalletAccounts wallet, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(InsertWallet, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = wallet.WalletId }, new() { Value = wallet.TeamId }, new() { Value = wallet.UserId }, new() { Value = wallet.ApplicationId },
                new() { Value = wallet.ParentId }, new() { Value = wallet.Name }, new() { Value = wallet.Currency }, new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
        await FundsSignal.TellCreatedAsync(transaction, wallet.WalletId, cancellationToken);
    }

    public static async Task RenameWalletAsync(NpgsqlTransaction transaction, string walletId, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("UPDATE wallet SET name = $2 WHERE wallet_id = $1 AND name <> $2", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = walletId }, new() { Value = name } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Writes what a unit did, cap accounts included, and the events that it owes, in one round trip with whatever else the batch already holds, and wakes at the commit whoever waits
    /// for money that came in.
    /// </summary>
    public static void AddTo(NpgsqlBatch batch, LedgerUnit unit)
    {
        var events = unit.Close();
        var changed = unit.Changed.ToList();
        if (changed.Count == 0)
        {
            return;
        }

        batch.BatchCommands.Add(Command(
            UpdateWallets, changed.Select(w => w.WalletId).ToArray(), changed.Select(w => w.Available).ToArray(), changed.Select(w => w.Held).ToArray(),
            changed.Select(w => w.Suspense).ToArray(), changed.Select(w => w.Spent).ToArray(), changed.Select(w => w.Overage).ToArray(),
            changed.Select(w => w.Credited).ToArray(), changed.Select(w => w.MovedOut).ToArray(), changed.Select(w => w.LowAnnounced).ToArray(),
            changed.Select(w => w.LeasedUndrawn).ToArray(), unit.Now, changed.Select(w => w.LeasedDrawn).ToArray(),
            changed.Select(w => w.LowBase).ToArray(), changed.Select(w => w.OverageTold).ToArray(), changed.Select(w => w.ExhaustedToldAt).ToArray()));
        if (unit.Transfers.Count > 0)
        {
            batch.BatchCommands.Add(unit.Transfers.All(IsPlain) ? PlainCommand(unit.Transfers, unit.Now) : FullCommand(unit.Transfers));
        }

        CapAccountStore.AddTo(batch, unit.Caps);
        Outbox.AddTo(batch, events, unit.Now);
        var awaited = unit.Awaited.ToArray();
        if (awaited.Length > 0)
        {
            FundsSignal.AddTo(batch, awaited);
        }
    }

    private static bool IsPlain(TransferRow row) =>
        row.FromWallet == row.ToWallet && row.Details is { Reference.Length: 0, PostingId: null, LeaseId: null, Corrects: null, IdempotencyKey: null };

    private static NpgsqlBatchCommand PlainCommand(IReadOnlyList<TransferRow> rows, DateTimeOffset now) => Command(
        InsertPlainTransfers, Column(rows, t => t.TransferId), Column(rows, t => (short)t.Kind), Column(rows, t => t.Amount), Column(rows, t => t.FromWallet),
        Column(rows, t => (short)t.FromAccount), Column(rows, t => t.FromBefore), Column(rows, t => (short)t.ToAccount), Column(rows, t => t.ToBefore),
        Column(rows, t => t.AvailableBefore), Column(rows, t => t.Details.Actor), Column(rows, t => t.Details.Description),
        Column(rows, t => t.Details.AttemptId), Column(rows, t => t.Details.OccurredAt), now, Column(rows, t => (short)t.Details.Marks));

    private static NpgsqlBatchCommand FullCommand(IReadOnlyList<TransferRow> rows) => Command(
        InsertTransfers, Column(rows, t => t.TransferId), Column(rows, t => (short)t.Kind), Column(rows, t => t.Amount), Column(rows, t => t.FromWallet),
        Column(rows, t => (short)t.FromAccount), Column(rows, t => t.FromBefore), Column(rows, t => t.ToWallet), Column(rows, t => (short)t.ToAccount),
        Column(rows, t => t.ToBefore), Column(rows, t => t.AvailableBefore), Column(rows, t => t.AvailableAfter), Column(rows, t => t.Details.Actor),
        Column(rows, t => t.Details.Description), Column(rows, t => t.Details.Reference), Column(rows, t => t.Details.AttemptId),
        Column(rows, t => t.Details.PostingId), Column(rows, t => t.Details.OccurredAt), Column(rows, t => t.RecordedAt),
        Column(rows, t => (short)t.Details.Marks), Column(rows, t => t.Details.LeaseId), Column(rows, t => t.Details.Corrects),
        Column(rows, t => t.Details.IdempotencyKey));

    public async Task<List<WalletAccounts>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListAll);
        return await ReadWalletsAsync(command, cancellationToken);
    }

    /// <summary>A team's wallet, then those of its users and its applications in the order of all.</summary>
    public async Task<List<WalletAccounts>> ListOfTeamAsync(string teamId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListOfTeam);
        command.Parameters.Add(new() { Value = teamId });
        return await ReadWalletsAsync(command, cancellationToken);
    }

    /// <summary>These wallets as they are, without locks, by id; those that do not exist are left out.</summary>
    public async Task<List<WalletAccounts>> ReadAsync(IReadOnlyCollection<string> walletIds, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ReadSome);
        command.Parameters.Add(new() { Value = walletIds.ToArray() });
        return await ReadWalletsAsync(command, cancellationToken);
    }

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (WALLET_NOT_FOUND).</exception>
    public async Task<WalletAccounts> RequireAsync(string walletId, CancellationToken cancellationToken) =>
        (await ReadAsync([walletId], cancellationToken)).SingleOrDefault()
            ?? throw RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{walletId}'. List the wallets to see what there is.");

    /// <summary>As <see cref="ReadAsync(IReadOnlyCollection{string}, CancellationToken)"/>, within a transaction's snapshot.</summary>
    public static async Task<List<WalletAccounts>> ReadAsync(
        NpgsqlTransaction transaction, IReadOnlyCollection<string> walletIds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadSome, transaction.Connection, transaction) { Parameters = { new() { Value = walletIds.ToArray() } } };
        return await ReadWalletsAsync(command, cancellationToken);
    }

    internal static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }

    private static T[] Column<T>(IReadOnlyList<TransferRow> rows, Func<TransferRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value(rows[i]);
        }

        return column;
    }

    internal static async Task<List<WalletAccounts>> ReadWalletsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var wallets = new List<WalletAccounts>();
        while (await reader.ReadAsync(cancellationToken))
        {
            wallets.Add(ReadWallet(reader));
        }

        return wallets;
    }

    internal static WalletAccounts ReadWallet(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6),
        reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10))
    {
        UserId = reader.GetString(11),
        ApplicationId = reader.GetString(12),
        ParentId = reader.GetString(13),
        Policy = new WalletPolicy(
            reader.GetBoolean(14), reader.GetBoolean(15), reader.GetBoolean(16), reader.GetInt16(17), reader.GetFieldValue<short[]>(18)),
        LowAnnounced = reader.GetInt16(19),
        AwaitedUntil = reader.GetFieldValue<DateTimeOffset?>(20),
        LastRecordedAt = reader.GetFieldValue<DateTimeOffset?>(21),
        LeasedUndrawn = reader.GetInt64(22),
        BoundaryAt = reader.GetFieldValue<DateTimeOffset?>(23),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(24),
        LeasedDrawn = reader.GetInt64(25),
        LowBase = reader.GetInt64(26),
        OverageTold = reader.GetInt64(27),
        ExhaustedToldAt = reader.GetFieldValue<DateTimeOffset?>(28),
    };

    /// <summary>The columns that <see cref="ReadWallet"/> reads, for other aggregates' locking statements.</summary>
    internal const string Columns = WalletColumns;
}
