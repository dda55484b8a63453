namespace Platform.Wallet.Leases;

/// <summary>A lease that its holder is asked to give back.</summary>
internal sealed record RecalledLease(Guid LeaseId, string Reason);

/// <summary>
/// What this replica's streams have to tell, in memory: the <see cref="LeaseFeed"/> brings it up to date, the streams (<see cref="WatchLeases"/>) read it.
/// </summary>
internal sealed class LeaseNotices(TimeProvider time)
{
    /// <summary>How long what was read is taken for all that there is. A stream is silent after it, so that its holder knows.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(3);

    private readonly Lock _changing = new();
    private readonly Dictionary<Guid, string> _streams = [];
    private ILookup<string, RecalledLease> _recalls = Array.Empty<RecalledLease>().ToLookup(_ => "");
    private TaskCompletionSource _changed = NewSignal();
    private long _revision;
    private long _lastRead = long.MinValue;

    /// <summary>The streams that are open here, with their holders.</summary>
    public (Guid[] Streams, string[] Holders) Open
    {
        get
        {
            lock (_changing)
            {
                return ([.. _streams.Keys], [.. _streams.Values]);
            }
        }
    }

    public void Enter(Guid stream, string holder)
    {
        lock (_changing)
        {
            _streams.Add(stream, holder);
        }
    }

    public void Leave(Guid stream)
    {
        lock (_changing)
        {
            _streams.Remove(stream);
        }
    }

    /// <summary>Takes over what stands, and wakes the streams.</summary>
    /// <param name="askedAt">Timestamp from before the database was asked: an answer that was held up tells nothing of the time since.</param>
    public void Apply(long revision, ILookup<string, RecalledLease> recalls, long askedAt)
    {
        TaskCompletionSource signal;
        lock (_changing)
        {
            _revision = revision;
            _recalls = recalls;
            _lastRead = askedAt;
            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
    }

    /// <summary>What stands for a holder now, and a task that ends with the next look; null revision when the last look is too long ago.</summary>
    public (long? Revision, IReadOnlyList<RecalledLease> Recalls, Task Changed) Read(string holder)
    {
        lock (_changing)
        {
            var isFresh = _lastRead != long.MinValue && time.GetElapsedTime(_lastRead) <= Freshness;
            return (isFresh ? _revision : null, isFresh ? [.. _recalls[holder]] : [], _changed.Task);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
