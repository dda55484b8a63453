using Npgsql;

namespace Platform.Wallet.Holds;

/// <summary>
/// The writer's seam to leases. Before a call is refused, charged to the organisation or let pass by a wallet that only observes, all for lack of funds, the
/// undrawn money of the wallet's leases is asked back, and the call waits until that is answered or its time is up.
/// </summary>
/// <remarks>
/// Who answers a recall notifies with <see cref="Ledger.FundsSignal.AddTo"/> in the answer's transaction, also when nothing came back: the call is then decided again, and
/// a wallet that is not named any more is not waited for.
/// </remarks>
internal interface ILeaseRecall
{
    /// <summary>
    /// Asks leases of these wallets back, within the transaction that has the wallets' locks. Asked again for the same wallets it asks nobody twice. Answers the
    /// wallets of which a recall is not answered yet.
    /// </summary>
    Task<IReadOnlySet<string>> RequestAsync(NpgsqlTransaction transaction, IReadOnlyCollection<string> walletIds, CancellationToken cancellationToken);
}
