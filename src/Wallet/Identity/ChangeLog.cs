namespace Platform.Wallet.Identity;

/// <summary>
/// The directory's latest changes in the order of their revisions, so that a stream is told what it lacks without a look at every key. Not safe for use by
/// several threads.
/// </summary>
/// <param name="from">The revision that the log begins after.</param>
/// <param name="limit">At least this many changes are kept, at most twice as many.</param>
internal sealed class ChangeLog(long from, int limit)
{
    private readonly List<IDirectoryRow> _rows = [];

    /// <summary>Followers that know less than this revision cannot be helped by the log.</summary>
    public long From { get; private set; } = from;

    /// <param name="rows">All of revisions above those that are there.</param>
    public void Add(IEnumerable<IDirectoryRow> rows)
    {
        _rows.AddRange(rows.OrderBy(row => row.Revision));
        if (_rows.Count >= 2 * limit)
        {
            var dropped = _rows.Count - limit;
            From = _rows[dropped - 1].Revision;
            _rows.RemoveRange(0, dropped);
        }
    }

    /// <summary>What changed after a revision; null when the log does not reach back so far.</summary>
    public IReadOnlyList<IDirectoryRow>? After(long revision)
    {
        if (revision < From)
        {
            return null;
        }

        var (low, high) = (0, _rows.Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = _rows[middle].Revision > revision ? (low, middle) : (middle + 1, high);
        }

        return _rows.GetRange(low, _rows.Count - low);
    }
}
