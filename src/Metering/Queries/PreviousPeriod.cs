using Platform.Contracts;

namespace Platform.Metering.Queries;

/// <summary>
/// The period that a range is compared with. Months have different lengths, and so have days where clocks change, so a range that begins with a month goes back by
/// months and one of whole days by days. Pure.
/// </summary>
internal static class PreviousPeriod
{
    /// <summary>Ends at the latest where the range begins.</summary>
    public static (DateTimeOffset From, DateTimeOffset To) Of(DateTimeOffset from, DateTimeOffset to, TimeZoneInfo zone)
    {
        var first = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, zone).DateTime);
        if (CalendarPeriod.StartOf(first, zone) != from)
        {
            return (from - (to - from), from);
        }

        var end = TimeZoneInfo.ConvertTime(to, zone).DateTime;
        var last = DateOnly.FromDateTime(end);
        var isMidnight = CalendarPeriod.StartOf(last, zone) == to;
        if (first.Day == 1)
        {
            var months = ((last.Year - first.Year) * 12) + last.Month - first.Month + (isMidnight && last.Day == 1 ? 0 : 1);
            return (CalendarPeriod.StartOf(first.AddMonths(-months), zone), isMidnight ? StartOf(last, months, zone) : Within(end, months, zone, from));
        }

        return isMidnight
            ? (CalendarPeriod.StartOf(first.AddDays(first.DayNumber - last.DayNumber), zone), from)
            : (from - (to - from), from);
    }

    private static DateTimeOffset StartOf(DateOnly day, int months, TimeZoneInfo zone) => CalendarPeriod.StartOf(Earlier(day, months), zone);

    // The same time of the same day of the month; the time since midnight is counted in hours that pass, so that it exists on every day.
    private static DateTimeOffset Within(DateTime end, int months, TimeZoneInfo zone, DateTimeOffset atLatest)
    {
        var day = DateOnly.FromDateTime(end);
        var earlier = Earlier(day, months);
        var moment = CalendarPeriod.StartOf(earlier, zone) + (earlier.Day == day.Day ? end.TimeOfDay : TimeSpan.Zero);
        return moment < atLatest ? moment : atLatest;
    }

    /// <summary>The same day so many months earlier; where that month is too short, the first of the next.</summary>
    private static DateOnly Earlier(DateOnly day, int months)
    {
        var month = new DateOnly(day.Year, day.Month, 1).AddMonths(-months);
        return day.Day <= DateTime.DaysInMonth(month.Year, month.Month) ? month.AddDays(day.Day - 1) : month.AddMonths(1);
    }
}
