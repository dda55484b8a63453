using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Streams the directory to another service: everything, then each change, and a heartbeat when nothing changes.</summary>
internal sealed class WatchDirectory(WalletDirectory directory, TimeProvider time)
{
    /// <summary>Some 200 kB: far below what a receiver takes, whatever the keys' lists.</summary>
    internal const int KeysPerMessage = 1000;

    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1);

    /// <param name="keyId">The follower's own key: its stream ends with it.</param>
    public async Task RunAsync(IServerStreamWriter<DirectoryChange> stream, string keyId, CancellationToken cancellationToken)
    {
        var revision = -1L;
        while (true)
        {
            // A directory that lost its database sends nothing, however long it is trusted here: silence is how its followers know. They ask anew, of another
            // replica where they know its address, and their grace begins.
            if (directory.IsFresh)
            {
                var read = directory.ReadAfter(revision);
                if (!directory.IsStillUsable(keyId))
                {
                    throw RpcErrors.Create(StatusCode.Unauthenticated, Reasons.TokenInvalid, $"Token {keyId} may not be used any more.");
                }

                foreach (var change in ToMessages(read, directory.Currency))
                {
                    await stream.WriteAsync(change, cancellationToken);
                }

                revision = read.Revision;
                await Task.WhenAny(read.Changed, Task.Delay(HeartbeatInterval, time, cancellationToken));
            }
            else
            {
                await Task.Delay(HeartbeatInterval, time, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Cut into messages; teams and users in the first, so that no key of theirs is usable in between.</summary>
    internal static IEnumerable<DirectoryChange> ToMessages(DirectoryRead read, string currency)
    {
        for (var start = 0; start == 0 || start < read.Rows.Keys.Count; start += KeysPerMessage)
        {
            var change = new DirectoryChange
            {
                Snapshot = read.Snapshot, Revision = read.Revision, Currency = currency, More = read.Snapshot && start + KeysPerMessage < read.Rows.Keys.Count,
            };
            if (start == 0)
            {
                change.Teams.AddRange(read.Rows.Teams.Select(team => new DirectoryTeam { TeamId = team.TeamId, Frozen = team.Frozen }));
                change.Users.AddRange(read.Rows.Users.Select(user => new DirectoryUser { UserId = user.UserId, Disabled = user.Disabled }));
            }

            change.Keys.AddRange(read.Rows.Keys.Skip(start).Take(KeysPerMessage).Select(key => key.ToDirectory()));
            yield return change;
        }
    }
}
