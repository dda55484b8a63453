using System.Data;
using Npgsql;
using NpgsqlTypes;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Verification;

/// <summary>How far a wallet has been verified.</summary>
/// <param name="Balances">Signed, by account number, funding first.</param>
internal sealed record VerifiedWallet(string WalletId, long Position, long[] Balances);

/// <summary>All SQL of verification but the checks themselves. It reads; only the marks of how far it came are written.</summary>
internal sealed class VerificationStore(NpgsqlDataSource dataSource)
{
    private const long AdvisoryLock = 0x4B54_5645_5249; // "KTVERI"

    private const string Columns = """
        transfer_seq, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after, attempt_id,
        available_after
        """;

    private const string ReadAll = $"SELECT {Columns} FROM transfer ORDER BY transfer_seq";

    private const string ReadWallets = $"SELECT {LedgerStore.Columns} FROM wallet ORDER BY wallet_id";

    private const string ReadMark = "SELECT position, balances FROM verified_wallet WHERE wallet_id = $1";

    // A transfer may bear the moment of the one before it, so a mark that is younger than the widest difference of clocks does not count as up to date.
    private const string ListChanged = """
        SELECT w.wallet_id FROM wallet w LEFT JOIN verified_wallet v USING (wallet_id)
        WHERE v.wallet_id IS NULL OR w.last_recorded_at IS DISTINCT FROM v.last_recorded_at OR v.last_recorded_at > v.verified_at - interval '1 minute'
            OR v.balances <> ARRAY[CASE WHEN w.team_id IS NULL THEN -w.credited ELSE 0 END, w.available, w.held, w.suspense, w.spent, -w.overage]
        ORDER BY w.wallet_id
        """;

    private const string WriteMark = """
        INSERT INTO verified_wallet (wallet_id, position, balances, last_recorded_at, verified_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (wallet_id) DO UPDATE
        SET position = EXCLUDED.position, balances = EXCLUDED.balances, last_recorded_at = EXCLUDED.last_recorded_at, verified_at = EXCLUDED.verified_at
        WHERE verified_wallet.position <= EXCLUDED.position
        """;

    private const string WasWholeSince = "SELECT EXISTS (SELECT FROM verified_whole WHERE verified_at > $1)";

    private const string WriteWhole = """
        INSERT INTO verified_whole (verified_at) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET verified_at = EXCLUDED.verified_at
        """;

    private static readonly string ReadNew = TransferStore.Merged(
        Columns, TransferFilter.AllKinds, (_, _) => "$2", (_, _) => $"{long.MaxValue}", newestFirst: false, "$3");

    /// <summary>Every transfer in order: one pass, whatever the number of wallets.</summary>
    public static async Task ReplayAllAsync(NpgsqlTransaction transaction, LedgerReplay replay, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadAll, transaction.Connection, transaction) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            replay.Apply(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), (Account)reader.GetInt16(3), reader.GetInt64(4), reader.GetInt64(5),
                reader.GetString(6), (Account)reader.GetInt16(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(11));
        }
    }

    /// <summary>
    /// The next entries of one wallet after a position; of transfers between wallets only this one's side. Answers how many transfers were read and the last one's
    /// sequence.
    /// </summary>
    public static async Task<(int Read, long Position)> ReplayNewAsync(
        NpgsqlTransaction transaction, VerifiedWallet mark, int limit, LedgerReplay replay, HashSet<Guid> attempts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadNew, transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = mark.WalletId });
        command.Parameters.Add(new() { Value = mark.Position });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (read, position) = (0, mark.Position);
        while (await reader.ReadAsync(cancellationToken))
        {
            read++;
            position = reader.GetInt64(0);
            if (reader.GetString(2) == mark.WalletId)
            {
                replay.ApplyEntry(
                    position, mark.WalletId, (Account)reader.GetInt16(3), -reader.GetInt64(1), reader.GetInt64(4), reader.GetInt64(5));
            }

            if (reader.GetString(6) == mark.WalletId)
            {
                replay.ApplyEntry(position, mark.WalletId, (Account)reader.GetInt16(7), reader.GetInt64(1), reader.GetInt64(8), reader.GetInt64(9));
                replay.CompareAvailable(position, mark.WalletId, reader.GetInt64(11));
            }

            if (!reader.IsDBNull(10))
            {
                attempts.Add(reader.GetGuid(10));
            }
        }

        return (read, position);
    }

    public static async Task<List<WalletAccounts>> ReadWalletsAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadWallets, transaction.Connection, transaction);
        return await LedgerStore.ReadWalletsAsync(command, cancellationToken);
    }

    public static async Task<VerifiedWallet> ReadMarkAsync(NpgsqlTransaction transaction, string walletId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadMark, transaction.Connection, transaction) { Parameters = { new() { Value = walletId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new VerifiedWallet(walletId, reader.GetInt64(0), reader.GetFieldValue<long[]>(1))
            : new VerifiedWallet(walletId, 0, new long[6]);
    }

    /// <summary>Wallets with entries that were not verified yet.</summary>
    public async Task<List<string>> ListChangedAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListChanged);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var changed = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            changed.Add(reader.GetString(0));
        }

        return changed;
    }

    public async Task WriteMarkAsync(VerifiedWallet mark, DateTimeOffset? lastRecordedAt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(WriteMark);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = mark.WalletId }, new() { Value = mark.Position }, new() { Value = mark.Balances },
            new() { Value = (object?)lastRecordedAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = now },
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Whether everything was derived from all entries, and found consistent, after a moment.</summary>
    public async Task<bool> WasWholeSinceAsync(DateTimeOffset moment, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(WasWholeSince);
        command.Parameters.Add(new() { Value = moment });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public async Task WriteWholeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(WriteWhole);
        command.Parameters.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes the right to verify at intervals for as long as the connection is kept; null while another replica has it.</summary>
    public async Task<NpgsqlConnection?> TryLeadAsync(CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var leads = false;
        try
        {
            await using var command = new NpgsqlCommand($"SELECT pg_try_advisory_lock({AdvisoryLock})", connection);
            leads = (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
            return leads ? connection : null;
        }
        finally
        {
            if (!leads)
            {
                await connection.DisposeAsync();
            }
        }
    }

    public static async Task EndLeadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT pg_advisory_unlock({AdvisoryLock})", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
