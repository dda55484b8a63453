using Grpc.Core;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Streams the directory to another service: everything, then each change, and a heartbeat when nothing changes.</summary>
internal sealed class WatchDirectory(WalletDirectory directory, TimeProvider time)
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1);

    public async Task RunAsync(IServerStreamWriter<DirectoryChange> stream, CancellationToken cancellationToken)
    {
        var revision = -1L;
        var snapshot = true;
        while (true)
        {
            // A directory that lost its database sends nothing: silence is how its followers know, and their grace begins.
            if (directory.IsCurrent)
            {
                var (keys, current, changed) = directory.ReadAfter(revision);
                var change = new DirectoryChange { Snapshot = snapshot, Revision = current, Currency = directory.Currency };
                change.Keys.AddRange(keys.Select(key => key.ToDirectory()));
                await stream.WriteAsync(change, cancellationToken);
                revision = current;
                snapshot = false;
                await Task.WhenAny(changed, Task.Delay(HeartbeatInterval, time, cancellationToken));
            }
            else
            {
                await Task.Delay(HeartbeatInterval, time, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
