using Npgsql;

namespace Platform.Wallet.Ledger;

/// <summary>
/// How calls that wait for funds hear of them on whatever replica they wait: who waits says so in the wallet's row (awaited_until) behind its lock, and who later
/// commits more available money there notifies, so that no wake-up can be missed between the two. <see cref="LedgerStore.AddTo"/> does it for every transfer.
/// </summary>
internal static class FundsSignal
{
    /// <summary>Channel whose payload is a wallet's id.</summary>
    public const string FundsChannel = "wallet_funds";

    /// <summary>Channel whose payload is the id of a wallet that was made.</summary>
    public const string CreatedChannel = "wallet_created";

    /// <summary>How much longer than the wait a wallet counts as awaited: more than clocks of replicas differ.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private const string Notify = "SELECT pg_notify($1, wallet_id) FROM unnest($2::text[]) AS w(wallet_id)";

    private const string Await =
        "UPDATE wallet SET awaited_until = $2 WHERE wallet_id = ANY($1) AND (awaited_until IS NULL OR awaited_until < $2)";

    /// <summary>Wakes whoever waits for these wallets, when the transaction commits.</summary>
    public static void AddTo(NpgsqlBatch batch, string[] walletIds) => batch.BatchCommands.Add(LedgerStore.Command(Notify, FundsChannel, walletIds));

    /// <summary>Says that these wallets, which are locked, are waited for.</summary>
    public static void AddAwait(NpgsqlBatch batch, string[] walletIds, DateTimeOffset until) =>
        batch.BatchCommands.Add(LedgerStore.Command(Await, walletIds, until));

    /// <summary>Tells every replica of a new wallet, when the transaction commits.</summary>
    public static async Task TellCreatedAsync(NpgsqlTransaction transaction, string walletId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_notify($1, $2)", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = CreatedChannel }, new() { Value = walletId } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
