namespace Platform.Forecast.Segments;

/// <summary>A segment's days that are over, from the first with usage to yesterday; days without usage are zeros.</summary>
/// <param name="FirstDay">Yesterday's next day where there is none.</param>
/// <param name="Days">Oldest first.</param>
internal sealed record SegmentSeries(SegmentKey Key, DateOnly FirstDay, IReadOnlyList<SegmentDay> Days)
{
    public DateOnly Today => FirstDay.AddDays(Days.Count);

    /// <summary>Usage of the days from one (included) to another (excluded); those before the first are nothing.</summary>
    public SegmentDay Sum(DateOnly from, DateOnly to)
    {
        var sum = default(SegmentDay);
        for (var i = Math.Max(0, from.DayNumber - FirstDay.DayNumber); i < Math.Min(Days.Count, to.DayNumber - FirstDay.DayNumber); i++)
        {
            sum += Days[i];
        }

        return sum;
    }

    /// <summary>Its last days alone.</summary>
    /// <param name="days">As many as there are at most.</param>
    public SegmentSeries Last(int days) => days == Days.Count ? this : new SegmentSeries(Key, Today.AddDays(-days), [.. Days.TakeLast(days)]);

    /// <summary>Several segments' days added, under another name.</summary>
    /// <param name="parts">At least one, all up to the same day.</param>
    public static SegmentSeries Add(SegmentKey key, IReadOnlyList<SegmentSeries> parts)
    {
        var first = parts.Min(part => part.FirstDay);
        var days = new SegmentDay[parts[0].Today.DayNumber - first.DayNumber];
        foreach (var part in parts)
        {
            var offset = part.FirstDay.DayNumber - first.DayNumber;
            for (var i = 0; i < part.Days.Count; i++)
            {
                days[offset + i] += part.Days[i];
            }
        }

        return new SegmentSeries(key, first, days);
    }
}
