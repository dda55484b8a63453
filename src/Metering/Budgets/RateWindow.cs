using Platform.Contracts;
using Platform.Contracts.Events;

namespace Platform.Metering.Budgets;

/// <summary>An hour or a day of a budget's zone, with the same ones of the weeks before it.</summary>
/// <param name="Name">One of <see cref="SpendRateWindow"/>.</param>
/// <param name="Before">Newest first, hours by the clock; days whose clocks changed may lack the hour, and one that is cut short by such a day's end has none.</param>
internal sealed record RateWindow(string Name, CalendarPeriod Window, IReadOnlyList<CalendarPeriod> Before)
{
    /// <summary>Tellers of usage may be late by so much before a window that is over is found too low.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    public bool IsOver(DateTimeOffset now) => Window.To + Grace <= now;

    /// <summary>Those to be judged now: the hour and the day that run, and the last ones that are over.</summary>
    public static IEnumerable<RateWindow> At(TimeZoneInfo zone, DateTimeOffset now)
    {
        var (hour, day) = (BudgetHours.Containing(zone, now), CalendarPeriod.Containing(CalendarUnit.Day, zone, now));
        RateWindow[] windows = [Hour(zone, hour), Day(zone, day.From), Hour(zone, BudgetHours.Containing(zone, hour.AddTicks(-1))), Day(zone, CalendarPeriod.Containing(CalendarUnit.Day, zone, day.From.AddTicks(-1)).From)];
        return windows.Where(window => window.Window.Contains(now) || window.IsOver(now));
    }

    private static RateWindow Day(TimeZoneInfo zone, DateTimeOffset from) => new(
        SpendRateWindow.Day, CalendarPeriod.Containing(CalendarUnit.Day, zone, from), [.. Weeks(zone, from)]);

    private static RateWindow Hour(TimeZoneInfo zone, DateTimeOffset from)
    {
        var day = CalendarPeriod.Containing(CalendarUnit.Day, zone, from);
        var (hour, clock) = (WithinDay(from, day), TimeZoneInfo.ConvertTime(from, zone).TimeOfDay);
        return new RateWindow(SpendRateWindow.Hour, hour, [.. Weeks(zone, day.From).Select(before => AtClock(before, clock, zone)).OfType<CalendarPeriod>().Where(before => before.To - before.From == hour.To - hour.From)]);
    }

    /// <summary>
    /// The hour of a day that the clock says: people work by the clock, so on a day whose clocks change it is not the one as long after midnight. Null where clocks are put forward over it; the
    /// first of the two where they go back over it.
    /// </summary>
    private static CalendarPeriod? AtClock(CalendarPeriod day, TimeSpan clock, TimeZoneInfo zone) =>
        CalendarPeriod.AtClock(DateOfDay(day.From, zone), clock, zone) is { } moment ? WithinDay(BudgetHours.Containing(zone, moment), day) : null;

    private static CalendarPeriod WithinDay(DateTimeOffset hour, CalendarPeriod day) => new(hour, hour.AddHours(1) < day.To ? hour.AddHours(1) : day.To);

    /// <summary>The same weekday of the weeks before a day.</summary>
    private static IEnumerable<CalendarPeriod> Weeks(TimeZoneInfo zone, DateTimeOffset dayFrom)
    {
        var date = DateOfDay(dayFrom, zone);
        for (var week = 1; week <= RateDecision.MostWeeks; week++)
        {
            yield return new CalendarPeriod(CalendarPeriod.StartOf(date.AddDays(-7 * week), zone), CalendarPeriod.StartOf(date.AddDays(1 - (7 * week)), zone));
        }
    }

    private static DateOnly DateOfDay(DateTimeOffset dayFrom, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(dayFrom.AddHours(12), zone).DateTime);
}
