using Platform.Contracts;
using Platform.Contracts.Events;

namespace Platform.Metering.Budgets;

/// <summary>An hour or a day of a budget's zone, with the same ones of the weeks before it.</summary>
/// <param name="Name">One of <see cref="SpendRateWindow"/>.</param>
/// <param name="Before">Newest first; days whose clocks changed may lack the hour.</param>
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

    private static RateWindow Hour(TimeZoneInfo zone, DateTimeOffset hour)
    {
        var day = CalendarPeriod.Containing(CalendarUnit.Day, zone, hour);
        return new RateWindow(
            SpendRateWindow.Hour, OfDay(day)!.Value, [.. Weeks(zone, day.From).Select(OfDay).Where(window => window is not null).Select(window => window!.Value)]);

        CalendarPeriod? OfDay(CalendarPeriod of)
        {
            var from = of.From + (hour - day.From);
            return from >= of.To ? null : new CalendarPeriod(from, from.AddHours(1) < of.To ? from.AddHours(1) : of.To);
        }
    }

    /// <summary>The same weekday of the weeks before a day.</summary>
    private static IEnumerable<CalendarPeriod> Weeks(TimeZoneInfo zone, DateTimeOffset dayFrom)
    {
        var date = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(dayFrom.AddHours(12), zone).DateTime);
        for (var week = 1; week <= RateDecision.MostWeeks; week++)
        {
            yield return new CalendarPeriod(CalendarPeriod.StartOf(date.AddDays(-7 * week), zone), CalendarPeriod.StartOf(date.AddDays(1 - (7 * week)), zone));
        }
    }
}
