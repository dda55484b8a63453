namespace Platform.Cli.ProviderFiles;

/// <summary>The times that rows are of, by all else that makes them: a provider's buckets do not overlap, but pages by the hour beside pages by the day do, and count the same usage twice.</summary>
internal sealed class RowTimes
{
    private readonly Dictionary<(string Report, string Subject), List<(DateTimeOffset From, DateTimeOffset Until)>> _times = [];

    /// <summary>Takes a row's time in, but where it shares a part with another one of the same series that is not the same: then it answers that one.</summary>
    public (DateTimeOffset From, DateTimeOffset Until)? Add((string Report, string Subject) series, DateTimeOffset from, DateTimeOffset until)
    {
        if (!_times.TryGetValue(series, out var times))
        {
            _times.Add(series, times = []);
        }

        // Sorted and apart from each other, so that only the neighbours can overlap.
        var place = times.BinarySearch((from, until));
        if (place >= 0)
        {
            return null;
        }

        place = ~place;
        if (place > 0 && times[place - 1].Until > from)
        {
            return times[place - 1];
        }

        if (place < times.Count && times[place].From < until)
        {
            return times[place];
        }

        times.Insert(place, (from, until));
        return null;
    }
}
