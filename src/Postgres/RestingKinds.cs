namespace Platform.Postgres;

/// <summary>
/// Kinds of events that the broker does not take for now: no queue receives them, or one that does is full. They rest, so that the other kinds pass by them, and one event of each asks every second whether they go again: all of
/// them asking would give the queues of theirs that have room each event again with each round. For one thread.
/// </summary>
internal sealed class RestingKinds(TimeProvider time)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> _since = new(StringComparer.Ordinal);

    /// <summary>None of these is taken from the outbox, but the first of each that is <see cref="Due"/>.</summary>
    public string[] All => [.. _since.Keys];

    /// <summary>Those of which it is time to ask with one event.</summary>
    public string[] Due => [.. _since.Where(kind => time.GetElapsedTime(kind.Value) >= Rest).Select(kind => kind.Key)];

    /// <summary>Notes what became of events of a kind that were sent at once.</summary>
    /// <param name="areTaken">All of them were.</param>
    /// <returns>True when they rested, and go again.</returns>
    public bool Note(string kind, bool areTaken)
    {
        if (areTaken)
        {
            return _since.Remove(kind);
        }

        _since[kind] = time.GetTimestamp();
        return false;
    }
}
