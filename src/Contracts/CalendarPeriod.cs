namespace Platform.Contracts;

/// <summary>Calendar units that limits, budgets and statements are kept in.</summary>
public enum CalendarUnit
{
    Day = 1,

    /// <summary>ISO 8601: from Monday.</summary>
    Week = 2,
    Month = 3,

    /// <summary>From the first of January, April, July or October.</summary>
    Quarter = 4,
    Year = 5,
}

/// <summary>A calendar period of a time zone as moments, half open, both in UTC. Periods of one unit and zone follow each other without a gap.</summary>
/// <param name="From">The first moment of its first local day.</param>
/// <param name="To">The first moment of the next period.</param>
public readonly record struct CalendarPeriod(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>The period of a unit that a moment lies in.</summary>
    public static CalendarPeriod Containing(CalendarUnit unit, TimeZoneInfo zone, DateTimeOffset moment)
    {
        var first = FirstDay(unit, DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime));
        var from = StartOf(first, zone);
        if (moment < from)
        {
            // A minute of the new day that clocks take back.
            first = FirstDay(unit, first.AddDays(-1));
            from = StartOf(first, zone);
        }

        return new CalendarPeriod(from, StartOf(Next(unit, first), zone));
    }

    public bool Contains(DateTimeOffset moment) => From <= moment && moment < To;

    /// <summary>
    /// The first moment of a local day, in UTC: midnight; where clocks are put forward over midnight, the moment at which they land; where midnight comes
    /// twice, the first of the two, unless clocks go back into the day before.
    /// </summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        // Only offsets of moments are asked for: .NET's offsets of local times are wrong around some past changes (Asuncion 2023).
        var midnight = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var (before, after) = (zone.GetUtcOffset(midnight.AddDays(-1)), zone.GetUtcOffset(midnight.AddDays(1)));
        if (before == after)
        {
            return midnight - before;
        }

        var change = Change(zone, midnight.AddDays(-1), midnight.AddDays(1));
        var (early, late) = (midnight - before, midnight - after);
        return early < change && late <= change ? early : late >= change ? late : change;
    }

    /// <summary>The moment at which the clock shows a time on a local day: the first of two where clocks go back over it, null where they are put forward over it.</summary>
    /// <param name="clock">Since midnight on the clock, less than a day.</param>
    public static DateTimeOffset? AtClock(DateOnly day, TimeSpan clock, TimeZoneInfo zone)
    {
        var (from, to) = (StartOf(day, zone), StartOf(day.AddDays(1), zone));
        var shown = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) + clock;
        foreach (var offset in new[] { zone.GetUtcOffset(from), zone.GetUtcOffset(to.AddTicks(-1)) })
        {
            if (shown - offset >= from && shown - offset < to && zone.GetUtcOffset(shown - offset) == offset)
            {
                return shown - offset;
            }
        }

        return null;
    }

    /// <summary>The moment, to the second, at which a zone's offset changes between two moments that have different ones.</summary>
    private static DateTimeOffset Change(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var before = zone.GetUtcOffset(from);
        var (low, high) = (0L, (long)(to - from).TotalSeconds);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = zone.GetUtcOffset(from.AddSeconds(middle)) == before ? (middle, high) : (low, middle);
        }

        return from.AddSeconds(high);
    }

    /// <summary>The zone of an IANA name; empty means UTC. False for anything else: a zone that other services read differently is no zone.</summary>
    public static bool TryFindZone(string name, out TimeZoneInfo zone)
    {
        zone = TimeZoneInfo.Utc;
        return name.Length == 0 || (name.Length <= 100 && TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone!) && zone.HasIanaId);
    }

    /// <summary>The zone of a name that was one when it was stored; empty means UTC.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know it; says what to do.</exception>
    public static TimeZoneInfo StoredZone(string name) =>
        TryFindZone(name, out var zone) ? zone : throw new TimeZoneNotFoundException($"This machine does not know the time zone '{name}': install its time zone data (tzdata).");

    private static DateOnly FirstDay(CalendarUnit unit, DateOnly day) => unit switch
    {
        CalendarUnit.Day => day,
        CalendarUnit.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
        CalendarUnit.Month => new DateOnly(day.Year, day.Month, 1),
        CalendarUnit.Quarter => new DateOnly(day.Year, day.Month - ((day.Month - 1) % 3), 1),
        CalendarUnit.Year => new DateOnly(day.Year, 1, 1),
    };

    private static DateOnly Next(CalendarUnit unit, DateOnly first) => unit switch
    {
        CalendarUnit.Day => first.AddDays(1),
        CalendarUnit.Week => first.AddDays(7),
        CalendarUnit.Month => first.AddMonths(1),
        CalendarUnit.Quarter => first.AddMonths(3),
        CalendarUnit.Year => first.AddYears(1),
    };
}
