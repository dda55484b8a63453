using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.SpecialDays;

/// <summary>Calendars on the wire.</summary>
internal static class CalendarViews
{
    public static ForecastCalendar ToWire(DayCalendar calendar) => new()
    {
        Number = calendar.Number,
        TeamId = calendar.TeamId,
        Active = calendar.Active,
        HolidaysOn = calendar.HolidaysOn,
        MonthEndsOn = calendar.MonthEndsOn,
        Holidays = { calendar.Holidays.Select(holiday => new CalendarHoliday { Day = Text(holiday.Day), Name = holiday.Name }) },
        Note = calendar.Note,
        ChangedAt = calendar.ChangedAt.ToTimestampUtc(),
        ChangedBy = calendar.ChangedBy,
    };

    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
