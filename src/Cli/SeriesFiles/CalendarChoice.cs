using System.Globalization;
using Platform.Forecasting;
using Platform.Forecasting.Calendar;

namespace Platform.Cli.SeriesFiles;

/// <summary>The calendar effects that were asked for.</summary>
/// <param name="Holidays">Null when no file was named.</param>
internal sealed record CalendarChoice(bool MonthEnd, bool WorkingDays, IReadOnlySet<DateOnly>? Holidays)
{
    private const string MonthEndName = "month-end";
    private const string WorkingDaysName = "working-days";

    /// <exception cref="KtError">An effect is unknown or does not fit the frequency, or the file is not as described.</exception>
    public static CalendarChoice Parse(string? effects, string? holidayFile, Frequency frequency)
    {
        string[] names = effects is null ? [] : effects.Split(',', StringSplitOptions.TrimEntries);
        if (names.FirstOrDefault(name => name is not (MonthEndName or WorkingDaysName)) is { } unknown)
        {
            throw Usage($"--calendar knows {MonthEndName} and {WorkingDaysName}, not '{unknown}'.");
        }

        var (monthEnd, workingDays) = (names.Contains(MonthEndName), names.Contains(WorkingDaysName));
        var hasDays = frequency is Frequency.Hourly or Frequency.Daily;
        if (monthEnd && !hasDays)
        {
            throw Usage($"--calendar {MonthEndName} is about days: it needs --frequency D or H.");
        }

        if (workingDays && frequency != Frequency.Monthly)
        {
            throw Usage($"--calendar {WorkingDaysName} counts the working days of months: it needs --frequency M.");
        }

        if (holidayFile is not null && !hasDays && !workingDays)
        {
            throw Usage($"--holidays are days: they need --frequency D or H, or M with --calendar {WorkingDaysName}.");
        }

        return new CalendarChoice(monthEnd, workingDays, holidayFile is null ? null : HolidayFile.Read(holidayFile).Keys.ToHashSet());
    }

    /// <exception cref="KtError">The series counts its observations instead of dating them.</exception>
    public SeriesForecastOptions Apply(SeriesForecastOptions options, FileSeries series)
    {
        if (!MonthEnd && !WorkingDays && Holidays is null)
        {
            return options;
        }

        var days = series.Axis.Days(series.Values.Length + options.Horizon)
            ?? throw new KtError(ExitCodes.Failed, string.Create(CultureInfo.InvariantCulture, $"'{series.Id}' has counters for ds, and calendar effects need dates."));
        if (WorkingDays)
        {
            return options with { Exposure = Worked(series, days) };
        }

        var effects = new List<CalendarEffect>();
        if (Holidays is not null)
        {
            effects.Add(CalendarEffect.Holidays(days, Holidays));
        }

        if (MonthEnd)
        {
            effects.Add(CalendarEffect.MonthEnd(days));
        }

        return options with { Calendar = effects };
    }

    /// <summary>Of a month without a working day nothing says how far its amount should be from that of others.</summary>
    private double[] Worked(FileSeries series, DateOnly[] months)
    {
        var worked = CalendarEffect.WorkingDays(months, Holidays ?? new HashSet<DateOnly>());
        return Array.IndexOf(worked, 0.0) is >= 0 and var idle
            ? throw new KtError(ExitCodes.Failed, string.Create(CultureInfo.InvariantCulture,
                $"{months[idle]:yyyy-MM} of '{series.Id}' has no working day: --holidays names all its Mondays to Fridays. Leave some out, or leave out --calendar {WorkingDaysName}."))
            : worked;
    }

    private static KtError Usage(string message) => new(ExitCodes.Usage, message);
}
