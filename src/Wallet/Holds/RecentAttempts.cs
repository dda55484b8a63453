using System.Collections.Concurrent;

namespace Platform.Wallet.Holds;

/// <summary>
/// Which wallet the replica's recent holds stand in, so that a report goes to the wallet's own writer and need not be looked up. A hold never changes its
/// wallet. The newest 100,000 or more are remembered, in two generations of which the older is forgotten whole.
/// </summary>
internal sealed class RecentAttempts
{
    private const int Generation = 100_000;

    private readonly Lock _turning = new();
    private volatile ConcurrentDictionary<Guid, string> _young = new();
    private volatile ConcurrentDictionary<Guid, string> _old = new();
    private int _count;

    public void Add(Guid attemptId, string walletId)
    {
        _young[attemptId] = walletId;
        if (Interlocked.Increment(ref _count) <= Generation)
        {
            return;
        }

        lock (_turning)
        {
            if (_count > Generation)
            {
                _count = 0;
                _old = _young;
                _young = new ConcurrentDictionary<Guid, string>();
            }
        }
    }

    /// <summary>Null when it is not remembered.</summary>
    public string? Find(Guid attemptId) =>
        _young.TryGetValue(attemptId, out var walletId) || _old.TryGetValue(attemptId, out walletId) ? walletId : null;
}
