using Platform.Contracts.Events;

namespace Platform.Routing.Limits;

/// <summary>
/// Counts calls that are refused unread, by key and reason: they cost their caller nothing and us little, so a frozen agent that tries again at once makes thousands a second, and one event each would fill
/// the queue, and the table behind it, that real demand shares. A first one is told as it comes, and those of the minute from it on as one. All that can be said of them is how many they were: the
/// labels are those of the first of them.
/// </summary>
internal sealed class UnreadRefusals
{
    public static readonly TimeSpan Span = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string KeyId, string Reason), Counted> _counted = [];

    /// <summary>True for one that is to be told by itself; the others are counted.</summary>
    public bool IsFirst(DemandDenied denied)
    {
        lock (_lock)
        {
            if (_counted.TryGetValue((denied.KeyId, denied.Reason), out var counted))
            {
                counted.First ??= denied;
                counted.Count++;
                return false;
            }

            _counted.Add((denied.KeyId, denied.Reason), new Counted(denied.OccurredAt));
            return true;
        }
    }

    /// <summary>What was counted in spans that have ended, one event each, and forgets them.</summary>
    /// <param name="now">The end of time for all of them.</param>
    public List<DemandDenied> TakeEnded(DateTimeOffset now)
    {
        var taken = new List<DemandDenied>();
        lock (_lock)
        {
            foreach (var (key, counted) in _counted.Where(pair => now - pair.Value.Since >= Span).ToList())
            {
                _counted.Remove(key);
                if (counted.First is { } first)
                {
                    taken.Add(first with { Attempts = counted.Count });
                }
            }
        }

        return taken;
    }

    private sealed class Counted(DateTimeOffset since)
    {
        public DateTimeOffset Since { get; } = since;

        public DemandDenied? First { get; set; }

        public long Count { get; set; }
    }
}
