using Cronos;
using Platform.Contracts;
using Platform.Export.Jobs;

namespace Platform.Export.Scheduling;

/// <summary>How a job's windows lie beside each other.</summary>
internal enum WindowCoverage
{
    /// <summary>They follow each other without a gap and without an overlap: the job's scheduled runs are a series.</summary>
    Whole,

    /// <summary>A moment lies in the windows of several runs.</summary>
    Overlapping,

    /// <summary>Moments lie in no run's window.</summary>
    Gaps,
}

/// <summary>What a job's window covers at a due time. Pure.</summary>
internal static class JobWindow
{
    /// <summary>From the previous due time to this one.</summary>
    public const string Interval = "interval";

    /// <summary>The calendar month of the books' zone that ended before the due time, or that is about to (<see cref="ReadyAt"/>).</summary>
    public const string Month = "month";

    /// <summary>Due times that are looked at to say how windows lie: more than a year of hours, decades of months.</summary>
    private const int DueTimesLookedAt = 10_000;

    private static readonly TimeSpan LookedAhead = TimeSpan.FromDays(10 * 366);

    private static readonly Dictionary<string, TimeSpan> Lengths = new()
    {
        ["1h"] = TimeSpan.FromHours(1),
        ["6h"] = TimeSpan.FromHours(6),
        ["24h"] = TimeSpan.FromHours(24),
        ["7d"] = TimeSpan.FromDays(7),
        ["30d"] = TimeSpan.FromDays(30),
    };

    public static readonly IReadOnlyList<string> Names = [Interval, Month, .. Lengths.Keys];

    /// <summary>Windows that are a length, which needs no schedule to end at.</summary>
    public static IReadOnlyCollection<string> LengthNames => Lengths.Keys;

    /// <summary>Null where a window is no length.</summary>
    public static TimeSpan? LengthOf(string window) => Lengths.TryGetValue(window, out var length) ? length : null;

    /// <summary>
    /// When a due time's run is made. Schedules are in UTC, and west of it a month ends hours after the first of the next has begun there: who has a month due at midnight of the first means the month
    /// before, so it is waited for. The month that ended last would be a month late.
    /// </summary>
    public static DateTimeOffset ReadyAt(string window, DateTimeOffset dueAt, TimeZoneInfo zone) =>
        window == Month && BillingMonth.Containing(dueAt, zone) is var month && string.CompareOrdinal(month.Name, BillingMonth.Containing(dueAt, TimeZoneInfo.Utc).Name) < 0
            ? month.To
            : dueAt;

    /// <summary>Where the window of a due time ends, exclusively.</summary>
    /// <param name="dueAt">When its run is made.</param>
    public static DateTimeOffset EndOf(string window, DateTimeOffset dueAt, TimeZoneInfo zone) =>
        window == Month ? BillingMonth.Containing(dueAt, zone).From : dueAt;

    /// <summary>Where it begins, where no run before it says so.</summary>
    public static DateTimeOffset StartOf(string window, CronExpression expression, DateTimeOffset dueAt, TimeZoneInfo zone) => window switch
    {
        Interval => Schedule.LastBefore(expression, dueAt) ?? Moments.Earliest,
        Month => BillingMonth.Containing(EndOf(window, dueAt, zone).AddTicks(-1), zone).From,
        _ => dueAt - Lengths[window],
    };

    /// <summary>How the windows of the due times after a moment lie.</summary>
    public static WindowCoverage CoverageOf(string window, CronExpression expression, DateTimeOffset after, TimeZoneInfo zone)
    {
        if (window == Interval)
        {
            return WindowCoverage.Whole;
        }

        var coverage = WindowCoverage.Whole;
        var before = Schedule.NextAfter(expression, after);
        for (var i = 0; i < DueTimesLookedAt && before is { } last && last < after + LookedAhead; i++)
        {
            if (Schedule.NextAfter(expression, last) is not { } next)
            {
                break;
            }

            var (end, start) = (EndOf(window, ReadyAt(window, last, zone), zone), StartOf(window, expression, ReadyAt(window, next, zone), zone));
            if (start > end)
            {
                return WindowCoverage.Gaps;
            }

            coverage = start < end ? WindowCoverage.Overlapping : coverage;
            before = next;
        }

        return coverage;
    }

    /// <summary>What people should know of windows that are no series; empty for a series.</summary>
    public static string WarningOf(WindowCoverage coverage, JobSettings settings) => coverage switch
    {
        WindowCoverage.Whole => "",
        WindowCoverage.Overlapping =>
            $"Windows of {settings.Window} at '{settings.Cron}' overlap: a record is in several files, so their sum counts it several times. Each file is a picture of its "
            + "own; window interval makes files that sum to everything recorded.",
        WindowCoverage.Gaps =>
            $"Windows of {settings.Window} at '{settings.Cron}' leave time out: what is used in between is in no file. Window interval covers all of it, and month, due once "
            + "a month, calendar months.",
    };
}
