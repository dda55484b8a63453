using Npgsql;
using Platform.Postgres;

namespace Platform.Wallet.Controls;

/// <summary>Keeps this replica's caps up to date. Before the server listens all caps are there.</summary>
internal sealed class CapFeed(NpgsqlDataSource dataSource, CapStore store, CapDirectory directory, TimeProvider time, ILogger<CapFeed> log)
    : DatabaseFeed(dataSource, time, log, CapStore.Channel)
{
    /// <summary>One look at a time: all caps as they were must not overwrite one that was taken over meanwhile.</summary>
    private readonly SemaphoreSlim _looking = new(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _looking.Dispose();
        base.Dispose();
    }

    /// <summary>Reads what changed since the last look.</summary>
    internal Task RefreshAsync(CancellationToken cancellationToken) => LookAsync(all: false, cancellationToken);

    /// <summary>Reads all caps, and forgets the accounts that were known: a database that was set back may lack them.</summary>
    internal Task LoadAsync(CancellationToken cancellationToken) => LookAsync(all: true, cancellationToken);

    // A connection is new where the server has gone over to a standby that lacks its last seconds, or its database was restored.
    protected override Task LookAsync(FeedLook look, CancellationToken cancellationToken) => LookAsync(all: look == FeedLook.First, cancellationToken);

    private async Task LookAsync(bool all, CancellationToken cancellationToken)
    {
        await _looking.WaitAsync(cancellationToken);
        try
        {
            // The revision first: whatever has it or an earlier one is visible to the second statement.
            var revision = await store.ReadRevisionAsync(cancellationToken);
            if (all || revision < directory.Revision)
            {
                directory.Load(await store.ListChangesAsync(0, cancellationToken));
            }
            else if (revision > directory.Revision)
            {
                directory.Apply(await store.ListChangesAsync(directory.Revision, cancellationToken));
            }
        }
        finally
        {
            _looking.Release();
        }
    }
}
