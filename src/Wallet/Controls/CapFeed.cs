using Npgsql;
using Platform.Postgres;

namespace Platform.Wallet.Controls;

/// <summary>Keeps this replica's caps up to date. Before the server listens all caps are there.</summary>
internal sealed class CapFeed(NpgsqlDataSource dataSource, CapStore store, CapDirectory directory, TimeProvider time, ILogger<CapFeed> log)
    : DatabaseFeed(dataSource, time, log, CapStore.Channel)
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Reads what changed since the last look.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        // The revision first: whatever has it or an earlier one is visible to the second statement.
        var revision = await store.ReadRevisionAsync(cancellationToken);
        if (revision < directory.Revision)
        {
            // The database was set back: what is known is of another past.
            directory.Clear();
        }

        if (revision > directory.Revision)
        {
            directory.Apply(await store.ListChangesAsync(directory.Revision, cancellationToken));
        }
    }

    protected override Task LookAsync(FeedLook look, CancellationToken cancellationToken) => RefreshAsync(cancellationToken);
}
