using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Benchmarks.Forecasting;

/// <summary>
/// What the service says of a month that runs (its P50, as kt forecast tells it), over all 28-day windows of daily series: median error beside the line through the days so far and the weekday median. A
/// window is a February of 28 days.
/// </summary>
internal static class PeriodScore
{
    public const int Companies = 40;
    public const int CompanyDays = 112;
    public const int CompanyStride = 14;

    private const int Period = 28;
    private const int Week = 7;
    private const int LeastKnown = 4;
    private const double NanosADollar = 1e9;
    private static readonly DateOnly February = new(2026, 2, 1);
    private static readonly int[] Elapsed = [1, 3, 7, 14, 21];

    /// <param name="all">One team each, by segment and day.</param>
    /// <param name="stride">Days from the start of one window to that of the next.</param>
    public static IEnumerable<Figure> Measure(string name, double[][][] all, int stride, CancellationToken cancellationToken)
    {
        foreach (var elapsed in Elapsed)
        {
            (double[][] Segments, int Start)[] windows = [.. all.SelectMany(team => Enumerable.Range(0, (team[0].Length - Period) / stride + 1)
                .Select(window => (team, window * stride))).Where(window => window.Item2 + elapsed >= LeastKnown)];
            var ours = new double[windows.Length];
            var line = new double[windows.Length];
            var median = new double[windows.Length];
            Parallel.For(0, windows.Length, new ParallelOptions { CancellationToken = cancellationToken }, i =>
            {
                var (segments, start) = windows[i];
                var (series, now) = (SyntheticCompany.Company.Sum(segments), start + elapsed);
                var (actual, spent) = (series[start..(start + Period)].Sum(), series[start..now].Sum());
                ours[i] = Math.Abs(MonthEnd([.. segments.Select(days => days[..now])], elapsed) / actual - 1);
                line[i] = Math.Abs(spent / elapsed * Period / actual - 1);
                var rest = Enumerable.Range(now, Period - elapsed).Sum(day => SameWeekdays(series[..now], day));
                median[i] = Math.Abs((spent + rest) / actual - 1);
            });
            yield return new Figure($"{name}_month_day_{elapsed}_to_line", Middle(ours), "median error", Middle(line), "line");
            yield return new Figure($"{name}_month_day_{elapsed}_to_weekday", Middle(ours), "median error", Middle(median), "weekday median");
        }
    }

    /// <summary>What the service tells of the month, so many days of which are over.</summary>
    private static double MonthEnd(double[][] known, int elapsed)
    {
        var calendar = new HorizonCalendar(Utc, February.AddDays(elapsed));
        var series = known.Select((days, place) => new SegmentSeries(new SegmentKey("team", $"{place}", ""), calendar.Today.AddDays(-days.Length), [.. days.Select(Day)])).ToArray();
        return Layered(Now(Ahead(calendar, series), hour: 0), "").Of(PeriodSpan.Of(calendar.Month, calendar.Month.AddMonths(1), calendar)).Total.P50 / NanosADollar;
    }

    private static double SameWeekdays(double[] known, int day)
    {
        double[] same = [.. Enumerable.Range(1, day / Week).Select(week => day - Week * week).Where(at => at < known.Length).Take(4).Select(at => known[at])];
        return same.Length == 0 ? known.Average() : Middle(same);
    }

    private static double Middle(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
