using Npgsql;
using Platform.Postgres;
using Platform.Wallet.Holds;

namespace Platform.Wallet.Ledger;

/// <summary>
/// Listens to what other replicas do to wallets: makes new ones known, and wakes who waits for funds. A new one wakes all: it may be
/// whose calls wait for their team's funds, and are charged to it from now on. What was told while the connection was lost is made up for
/// by reading all wallets and waking everybody.
/// </summary>
internal sealed class WalletFeed(NpgsqlDataSource dataSource, KnownWallets known, HoldWriter writer, TimeProvider time, ILogger<WalletFeed> log)
    : DatabaseFeed(dataSource, time, log, FundsSignal.FundsChannel, FundsSignal.CreatedChannel)
{
    protected override async Task LookAsync(FeedLook look, CancellationToken cancellationToken)
    {
        if (look == FeedLook.First)
        {
            await known.RefreshAsync(cancellationToken);
            writer.Wake(null);
        }
    }

    protected override void Hear(string channel, string payload)
    {
        if (channel == FundsSignal.FundsChannel)
        {
            writer.Wake(payload);
        }
        else
        {
            known.Add(payload);
            writer.Wake(null);
        }
    }
}
