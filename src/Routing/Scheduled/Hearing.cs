namespace Platform.Routing.Scheduled;

/// <summary>
/// Since when this replica has been heard of without a gap. The silence of others says that they are dead only to one that was itself heard of all the while: when the database was away,
/// nobody was, and the first that is back must leave the others time to come back. Not for several threads.
/// </summary>
internal sealed class Hearing(TimeProvider time)
{
    /// <summary>As long as others may be silent before they count as gone (<see cref="SweepStore.TakeUpAsync"/>).</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>Of some beats one after another; half of the silence, so that one that is shorter lets nobody seem dead.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(15);

    private long? _since;
    private long _last;

    public bool IsSteady => _since is { } since && time.GetElapsedTime(since, _last) >= Silence;

    public void Heard()
    {
        var now = time.GetTimestamp();
        _since = _since is { } since && time.GetElapsedTime(_last, now) < Gap ? since : now;
        _last = now;
    }
}
