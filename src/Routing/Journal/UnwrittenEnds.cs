using System.Collections.Concurrent;

namespace Platform.Routing.Journal;

/// <summary>
/// Ends that the journal refused, kept in memory until it takes them. What an end gives back to its lease waits with it: after a crash only the journal can
/// say that it was not spent.
/// </summary>
internal sealed class UnwrittenEnds(AttemptJournal journal)
{
    private readonly ConcurrentQueue<(JournalRecord Record, Action Written)> _ends = new();

    public void Keep(JournalRecord record, Action written) => _ends.Enqueue((record, written));

    /// <summary>Writes what waits, oldest first, until the journal refuses again. For one thread at a time.</summary>
    public void TryWrite()
    {
        while (_ends.TryPeek(out var end))
        {
            try
            {
                journal.Append(end.Record);
            }
            catch (JournalUnwritableException)
            {
                return;
            }

            _ends.TryDequeue(out _);
            end.Written();
        }
    }
}
