using Platform.Forecast.Segments;
using Platform.Forecasting.Calendar;

namespace Platform.Forecast.SpecialDays;

/// <summary>A day on which is spent otherwise than usual, by its name.</summary>
internal readonly record struct Holiday(DateOnly Day, string Name);

/// <summary>A calendar as it was set, of the organisation or of a team.</summary>
/// <param name="Number">Counted over all changes of calendars.</param>
/// <param name="TeamId">Empty: the organisation.</param>
/// <param name="Active">False: from here on there is none.</param>
/// <param name="Holidays">Ascending, each day once.</param>
internal sealed record DayCalendar(
    long Number, string TeamId, bool Active, bool HolidaysOn, bool MonthEndsOn, IReadOnlyList<Holiday> Holidays, string Note, DateTimeOffset ChangedAt, string ChangedBy)
{
    /// <summary>How much of its busiest weekday a quiet one has at most: a holiday on it is a day like any other of its kind.</summary>
    private const double Quiet = 0.5;

    private const int WeeksSeen = 8;

    /// <summary>Whether any effect is looked for.</summary>
    public bool IsOn => Active && ((HolidaysOn && Holidays.Count > 0) || MonthEndsOn);

    /// <summary>
    /// What the engine is to look for in a segment's days and, where they show it, to forecast. Holidays on weekdays that are quiet in any week are left out: on a Saturday they say nothing of those that
    /// fall on a Tuesday, and nothing is to be taken off one.
    /// </summary>
    /// <param name="horizonDays">Days after the last one that are marked.</param>
    public IReadOnlyList<CalendarEffect> EffectsOf(SegmentSeries series, int horizonDays)
    {
        var effects = new List<CalendarEffect>();
        if (HolidaysOn && Holidays.Count > 0)
        {
            var quiet = QuietWeekdays(series);
            effects.Add(new CalendarEffect(CalendarEffect.HolidaysName, Holidays.Where(holiday => !quiet.Contains(holiday.Day.DayOfWeek))
                .Select(holiday => holiday.Day.DayNumber - series.FirstDay.DayNumber).Where(step => step >= 0 && step < series.Days.Count + horizonDays).ToHashSet()));
        }

        if (MonthEndsOn)
        {
            effects.Add(CalendarEffect.MonthEnd([.. Enumerable.Range(0, series.Days.Count + horizonDays).Select(series.FirstDay.AddDays)]));
        }

        return effects;
    }

    private HashSet<DayOfWeek> QuietWeekdays(SegmentSeries series)
    {
        var holidays = Holidays.Select(holiday => holiday.Day).ToHashSet();
        var first = Math.Max(0, series.Days.Count - (WeeksSeen * SegmentForecaster.Week));
        var weekdays = Enumerable.Range(first, series.Days.Count - first).Select(place => (Day: series.FirstDay.AddDays(place), series.Days[place].CostNanos))
            .Where(day => !holidays.Contains(day.Day)).GroupBy(day => day.Day.DayOfWeek, day => (double)day.CostNanos)
            .ToDictionary(weekday => weekday.Key, weekday => weekday.Average());
        var busiest = weekdays.Values.DefaultIfEmpty().Max();
        return [.. weekdays.Where(weekday => weekday.Value < Quiet * busiest).Select(weekday => weekday.Key)];
    }
}
