using Platform.Contracts;

namespace Platform.Metering.Queries;

/// <summary>
/// The period that a range is compared with. Months have different lengths, and so have days where clocks change, so a range that begins with a month goes back by
/// months and one of whole days by days. Of a range that is not over, as much of the period before as has passed of it. Pure.
/// </summary>
internal static class PreviousPeriod
{
    /// <summary>
    /// In the last minutes of a month a range up to now ends a quarter hour into the next one, because others' clocks may be ahead (<see cref="Intake.EventCheck.MostAhead"/>).
    /// It is still that month's.
    /// </summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(15);

    /// <summary>Ends at the latest where the range begins.</summary>
    /// <param name="until">To where there is something to compare, within the range: its end, or about now.</param>
    public static (DateTimeOffset From, DateTimeOffset To) Of(DateTimeOffset from, DateTimeOffset to, DateTimeOffset until, TimeZoneInfo zone)
    {
        var first = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, zone).DateTime);
        if (CalendarPeriod.StartOf(first, zone) != from)
        {
            return (from - (to - from), until - (to - from));
        }

        var last = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(to, zone).DateTime);
        var isMidnight = CalendarPeriod.StartOf(last, zone) == to;
        if (first.Day == 1)
        {
            var within = TimeZoneInfo.ConvertTime(to - Ahead - TimeSpan.FromTicks(1), zone);
            var months = Math.Max(1, ((within.Year - first.Year) * 12) + within.Month - first.Month + 1);
            return (CalendarPeriod.StartOf(first.AddMonths(-months), zone), Earlier(until, day => Earlier(day, months), zone, from));
        }

        var days = last.DayNumber - first.DayNumber;
        return isMidnight
            ? (CalendarPeriod.StartOf(first.AddDays(-days), zone), Earlier(until, day => (day.AddDays(-days), true), zone, from))
            : (from - (to - from), until - (to - from));
    }

    // The same time of an earlier day by the clock; one that it did not show there, because clocks were put forward over it, is as long after midnight.
    private static DateTimeOffset Earlier(DateTimeOffset moment, Func<DateOnly, (DateOnly Day, bool IsSame)> before, TimeZoneInfo zone, DateTimeOffset atLatest)
    {
        var local = TimeZoneInfo.ConvertTime(moment, zone).DateTime;
        var day = DateOnly.FromDateTime(local);
        var (earlier, isSame) = before(day);
        var midnight = CalendarPeriod.StartOf(earlier, zone);
        var result = CalendarPeriod.StartOf(day, zone) == moment || !isSame ? midnight : CalendarPeriod.AtClock(earlier, local.TimeOfDay, zone) ?? midnight + local.TimeOfDay;
        return result < atLatest ? result : atLatest;
    }

    /// <summary>The same day so many months earlier; where that month is too short, the first of the next.</summary>
    private static (DateOnly Day, bool IsSame) Earlier(DateOnly day, int months)
    {
        var month = new DateOnly(day.Year, day.Month, 1).AddMonths(-months);
        return day.Day <= DateTime.DaysInMonth(month.Year, month.Month) ? (month.AddDays(day.Day - 1), true) : (month.AddMonths(1), false);
    }
}
