using Npgsql;
using Platform.Postgres;

namespace Platform.Wallet.Identity;

/// <summary>Keeps this replica's directory up to date.</summary>
internal sealed class DirectoryFeed(
    NpgsqlDataSource dataSource, IdentityStore identity, DirectoryStore store, WalletDirectory directory, TimeProvider time, ILogger<DirectoryFeed> log)
    : DatabaseFeed(dataSource, time, log, IdentityStore.Channel)
{
    /// <summary>So long an expired key is still told apart from an unknown one.</summary>
    private static readonly TimeSpan EndedKeysKept = TimeSpan.FromDays(1);

    /// <summary>So long work that an expired key has handed in goes on with what the key was rotated to: longer than a lane's window stays closed, and than people wait for its opening.</summary>
    private static readonly TimeSpan RotatedKeysKept = TimeSpan.FromDays(30);

    /// <summary>Reads what changed since the last look.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var askedAt = Time.GetTimestamp();

        // The organisation's row first: whatever has its revision or an earlier one is visible to the statements that follow.
        if (await identity.ReadOrganisationAsync(cancellationToken) is not { } organisation)
        {
            return;
        }

        var known = directory.Revision;
        if (known < 0 || organisation.Revision < known)
        {
            // The first look, or a database that was set back: what is known is of another past.
            var now = Time.GetUtcNow();
            directory.Load(organisation, await store.ReadAllAsync(now - EndedKeysKept, now - RotatedKeysKept, cancellationToken), askedAt);
            return;
        }

        directory.Apply(
            organisation, organisation.Revision > known ? await store.ReadChangesAsync(known, organisation.Revision, cancellationToken) : new([], [], []), askedAt);
    }

    protected override Task LookAsync(FeedLook look, CancellationToken cancellationToken) => RefreshAsync(cancellationToken);
}
