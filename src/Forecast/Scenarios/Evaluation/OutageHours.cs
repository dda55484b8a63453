using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>How much of each day's spend lies within an outage: by the hours of the day (UTC) at which the team spends with the provider, as quarter hours of four weeks say.</summary>
internal sealed class OutageHours
{
    private const int HoursOfDay = 24;
    private const int QuartersOfHour = 60 / Quarter.Minutes;

    private readonly Timeline _timeline;
    private readonly Dictionary<string, double[]> _byTeam = new(StringComparer.Ordinal);
    private readonly double[] _otherwise;

    private OutageHours(Timeline timeline, double[] otherwise) => (_timeline, _otherwise) = (timeline, otherwise);

    /// <summary>The first and the last day that it may touch: where a timeline is to be cut.</summary>
    public static IEnumerable<DateOnly> Cuts(OutageChange outage, HorizonCalendar horizon)
    {
        var first = outage.At is { } at ? horizon.Calendar.DayOf(at) : outage.Day ?? horizon.Today.AddDays(1);
        return Enumerable.Range(0, (int)Math.Ceiling(outage.Hours / HoursOfDay) + 2).Select(day => first.AddDays(day));
    }

    /// <param name="profiles">By team, and of all under an empty id: what each of the 24 hours of a day has of its spend with the provider. Empty where no quarter hours are kept.</param>
    public static OutageHours Of(OutageChange outage, Timeline timeline, DateTimeOffset now, IReadOnlyDictionary<string, double[]> profiles)
    {
        var all = profiles.GetValueOrDefault("") ?? [.. Enumerable.Repeat(1.0 / HoursOfDay, HoursOfDay)];
        var hours = new OutageHours(timeline, Active(outage, timeline, now, all, all));
        foreach (var (team, profile) in profiles.Where(profile => profile.Key.Length > 0))
        {
            hours._byTeam[team] = Active(outage, timeline, now, profile, all);
        }

        return hours;
    }

    /// <summary>By step.</summary>
    public double[] Of(string teamId) => _byTeam.GetValueOrDefault(teamId, _otherwise);

    private static double[] Active(OutageChange outage, Timeline timeline, DateTimeOffset now, double[] profile, double[] all)
    {
        var days = new double[timeline.Horizon.Days];
        if (outage is { At: null, IsPeak: false })
        {
            var first = (outage.Day ?? timeline.Horizon.Today.AddDays(1)).DayNumber - timeline.Horizon.Today.DayNumber;
            for (var (day, left) = (first, outage.Hours); left > 0; (day, left) = (day + 1, left - HoursOfDay))
            {
                Put(days, day, Math.Min(1, left / HoursOfDay));
            }
        }
        else
        {
            ByHour(days, timeline.Horizon, outage.At ?? Peak(outage, timeline.Horizon, all), outage.Hours, now, profile);
        }

        // A step holds one day of an outage, or none of its days.
        return [.. timeline.Steps.Select(step => days[step.FirstDay])];
    }

    private static void ByHour(double[] days, HorizonCalendar horizon, DateTimeOffset start, double hours, DateTimeOffset now, double[] profile)
    {
        // Days of every zone begin with a quarter of an hour, not all with an hour of UTC.
        var end = start.AddHours(hours);
        for (var quarter = Quarter.StartOf(start); quarter < end; quarter = quarter.AddMinutes(Quarter.Minutes))
        {
            var (from, to) = (Later(Later(quarter, start), now), quarter.AddMinutes(Quarter.Minutes) < end ? quarter.AddMinutes(Quarter.Minutes) : end);
            Put(days, horizon.Calendar.DayOf(quarter).DayNumber - horizon.Today.DayNumber, Math.Max(0, (to - from).TotalHours) * profile[quarter.Hour]);
        }

        // Of today only what is left of it is still to come.
        var rest = 0.0;
        var tomorrow = horizon.Calendar.StartOf(horizon.Today.AddDays(1));
        for (var hour = now; hour < tomorrow; hour = hour.AddMinutes(Quarter.Minutes))
        {
            rest += profile[hour.UtcDateTime.Hour] / QuartersOfHour;
        }

        days[0] = rest > 0 ? Math.Min(1, days[0] / rest) : 0;
    }

    private static DateTimeOffset Peak(OutageChange outage, HorizonCalendar horizon, double[] all)
    {
        var length = (int)Math.Clamp(Math.Ceiling(outage.Hours), 1, HoursOfDay);
        var start = horizon.Calendar.StartOf(outage.Day ?? horizon.Today.AddDays(1));
        return Enumerable.Range(0, HoursOfDay).Select(hour => start.AddHours(hour))
            .MaxBy(begin => Enumerable.Range(0, length * QuartersOfHour).Sum(quarter => all[begin.AddMinutes(quarter * Quarter.Minutes).UtcDateTime.Hour]));
    }

    private static void Put(double[] days, int day, double share)
    {
        if (day >= 0 && day < days.Length)
        {
            days[day] = Math.Min(1, days[day] + share);
        }
    }

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;
}
