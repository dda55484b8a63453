namespace Platform.Routing.Journal;

/// <summary>What a journal proves of a lease.</summary>
/// <param name="DrawnNanos">Running total of its ended attempts.</param>
/// <param name="Boot">The boot of the machine that its records were written in; empty when all of them are known to be on the disk.</param>
internal readonly record struct LeaseRecord(long DrawnNanos, string Boot);

/// <summary>The running total of every lease that is not closed, folded from the records of a journal in their order: when it is read, and as it is written.</summary>
internal sealed class LeaseLedger
{
    private readonly Dictionary<Guid, LeaseRecord> _leases = [];

    public IReadOnlyDictionary<Guid, LeaseRecord> Leases => _leases;

    public void Fold(JournalRecord record)
    {
        if (record.Kind == JournalKind.LeaseTotal)
        {
            // The total says all that came before it, whether or not that is still there to be read.
            _leases[record.AttemptId] = new LeaseRecord(record.AmountNanos, record.Text);
        }
        else if (record.Kind == JournalKind.LeaseClosed)
        {
            _leases.Remove(record.AttemptId);
        }
        else if (record.DrawnNanos is var drawn and > 0 && record.LeaseId is { } lease && _leases.TryGetValue(lease, out var known))
        {
            // A lease without a total before is closed: its last attempts can still be told again.
            _leases[lease] = known with { DrawnNanos = known.DrawnNanos + drawn };
        }
    }

    /// <summary>The totals as records for the head of a segment.</summary>
    public IEnumerable<JournalRecord> ToRecords() =>
        _leases.Select(lease => new JournalRecord(JournalKind.LeaseTotal, lease.Key, lease.Value.DrawnNanos, lease.Value.Boot));

    /// <summary>The same totals, of which nothing can be missing from the disk.</summary>
    public IEnumerable<JournalRecord> ToSealedRecords() => ToRecords().Select(record => record with { Text = "" });
}
