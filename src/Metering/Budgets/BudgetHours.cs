using Platform.Contracts;

namespace Platform.Metering.Budgets;

/// <summary>
/// The hours that a budget's spend is kept by: counted from the beginning of each local day, so that none lies in two days, whatever the zone's offset and whenever
/// its clocks change. A day whose clocks change by half an hour ends with a short one. Every day, and so every period, is a sum of whole hours.
/// </summary>
internal static class BudgetHours
{
    public static DateTimeOffset Containing(TimeZoneInfo zone, DateTimeOffset moment)
    {
        var day = CalendarPeriod.Containing(CalendarUnit.Day, zone, moment);
        return moment - TimeSpan.FromTicks((moment - day.From).Ticks % TimeSpan.TicksPerHour);
    }
}
