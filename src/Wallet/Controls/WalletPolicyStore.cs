using Npgsql;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Controls;

/// <summary>The columns of a wallet that its owner decides; balances are the <see cref="LedgerStore"/>'s.</summary>
internal static class WalletPolicyStore
{
    private const string Update = """
        UPDATE wallet SET frozen = $2, observe = $3, overflow_to_parent = $4, empty_wait_seconds = $5, low_percents = $6 WHERE wallet_id = $1
        """;

    /// <summary>Call it behind the wallet's lock.</summary>
    public static void AddTo(NpgsqlBatch batch, string walletId, WalletPolicy policy) => batch.BatchCommands.Add(LedgerStore.Command(
        Update, walletId, policy.Frozen, policy.Observe, policy.OverflowToParent, policy.EmptyWaitSeconds, policy.LowPercents.ToArray()));
}
