namespace Platform.Forecasting.Calendar;

/// <summary>Steps on which something is otherwise than usual, past and to come: month ends, holidays.</summary>
/// <param name="Name">As findings call it, for example holidays.</param>
/// <param name="Steps">Counted from the first observation; those after the last are the forecast's.</param>
public sealed record CalendarEffect(string Name, IReadOnlySet<int> Steps)
{
    /// <summary>What holidays are called.</summary>
    public const string HolidaysName = "holidays";

    /// <summary>What the last days of months are called.</summary>
    public const string MonthEndName = "month end";

    /// <summary>The last day of every month.</summary>
    /// <param name="days">By step, past and to come: the day that it belongs to.</param>
    public static CalendarEffect MonthEnd(IReadOnlyList<DateOnly> days) =>
        new(MonthEndName, Where(days, day => day.Day == DateTime.DaysInMonth(day.Year, day.Month)));

    /// <param name="days">By step, past and to come: the day that it belongs to.</param>
    public static CalendarEffect Holidays(IReadOnlyList<DateOnly> days, IReadOnlySet<DateOnly> holidays) => new(HolidaysName, Where(days, holidays.Contains));

    /// <summary>By month: Mondays to Fridays that are no holidays, for <see cref="SeriesForecastOptions.Exposure"/> of monthly series.</summary>
    /// <param name="months">Any day of each month.</param>
    public static double[] WorkingDays(IReadOnlyList<DateOnly> months, IReadOnlySet<DateOnly> holidays) => [.. months.Select(month =>
        (double)Enumerable.Range(1, DateTime.DaysInMonth(month.Year, month.Month)).Select(day => new DateOnly(month.Year, month.Month, day))
            .Count(day => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !holidays.Contains(day)))];

    private static HashSet<int> Where(IReadOnlyList<DateOnly> days, Func<DateOnly, bool> marked) => [.. Enumerable.Range(0, days.Count).Where(step => marked(days[step]))];
}
