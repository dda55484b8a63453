namespace Platform.Forecast.Segments;

/// <summary>A segment's days that are over, from the first with usage to yesterday; days without usage are zeros.</summary>
/// <param name="FirstDay">Yesterday's next day where there is none.</param>
/// <param name="Days">Oldest first.</param>
internal sealed record SegmentSeries(SegmentKey Key, DateOnly FirstDay, IReadOnlyList<SegmentDay> Days)
{
    /// <summary>What prices that changed, or are to change, make of it; null where none does.</summary>
    public RepricedDays? Prices { get; init; }

    public DateOnly Today => FirstDay.AddDays(Days.Count);

    /// <summary>The same days at the prices of today: what forecasts look back on. What was booked is <see cref="Days"/>.</summary>
    public SegmentSeries AtTodaysPrices() => Prices is null ? this : new SegmentSeries(Key, FirstDay, Prices.Days);

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
    public SegmentSeries Last(int days) => days == Days.Count ? this : new SegmentSeries(Key, Today.AddDays(-days), [.. Days.TakeLast(days)])
    {
        Prices = Prices is null ? null : Prices with { Days = [.. Prices.Days.TakeLast(days)] },
    };

    /// <summary>Several segments' days added, under another name; prices ahead are those of the parts, and not of the sum.</summary>
    /// <param name="parts">At least one, all up to the same day.</param>
    public static SegmentSeries Add(SegmentKey key, IReadOnlyList<SegmentSeries> parts)
    {
        var sum = AddDays(key, parts);
        return parts.All(part => part.Prices is null) ? sum : sum with
        {
            Prices = new RepricedDays(
                AddDays(key, [.. parts.Select(part => part.AtTodaysPrices())]).Days, [.. parts.SelectMany(part => part.Prices?.Steps ?? []).OrderBy(step => step.From)], null,
                [.. parts.SelectMany(part => part.Prices?.Routes ?? [])]),
        };
    }

    private static SegmentSeries AddDays(SegmentKey key, IReadOnlyList<SegmentSeries> parts)
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
