using Npgsql;

namespace Platform.Wallet.Identity;

/// <summary>
/// Keeps this replica's directory up to date: PostgreSQL notifies every replica at a change's commit; a look at least once a second catches what a lost
/// connection missed.
/// </summary>
internal sealed partial class DirectoryFeed(
    NpgsqlDataSource dataSource, IdentityStore identity, DirectoryStore store, WalletDirectory directory, TimeProvider time, ILogger<DirectoryFeed> log) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>So long an expired key is still told apart from an unknown one.</summary>
    private static readonly TimeSpan EndedKeysKept = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogFeedBroken(exception);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(LookInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads what changed since the last look.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        // The organisation's row first: whatever has its revision or an earlier one is visible to the statements that follow.
        if (await identity.ReadOrganisationAsync(cancellationToken) is not { } organisation)
        {
            return;
        }

        var known = directory.Revision;
        if (known < 0 || organisation.Revision < known)
        {
            // The first look, or a database that was set back: what is known is of another past.
            directory.Load(organisation, await store.ReadAllAsync(time.GetUtcNow() - EndedKeysKept, cancellationToken));
            return;
        }

        directory.Apply(
            organisation, organisation.Revision > known ? await store.ReadChangesAsync(known, organisation.Revision, cancellationToken) : new([], [], []));
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        await using (var listen = new NpgsqlCommand($"LISTEN {IdentityStore.Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(stoppingToken);
        }

        while (true)
        {
            await RefreshAsync(stoppingToken);
            await connection.WaitAsync(LookInterval, stoppingToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The database does not tell of identity changes; trying again.")]
    private partial void LogFeedBroken(Exception exception);
}
