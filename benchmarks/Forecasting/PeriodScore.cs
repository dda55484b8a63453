using Platform.Forecasting;
using Platform.Forecasting.Periods;

namespace Platform.Benchmarks.Forecasting;

/// <summary>Totals of 28-day windows of daily series, seen from inside: median error beside the line through the days so far and the weekday median.</summary>
internal static class PeriodScore
{
    public const int Companies = 40;
    public const int CompanyDays = 112;
    public const int CompanyStride = 14;

    private const int Period = 28;
    private const int Week = 7;
    private const int LeastKnown = 4;
    private static readonly int[] Elapsed = [1, 3, 7, 14, 21];

    /// <param name="stride">Days from the start of one window to that of the next.</param>
    public static IEnumerable<Figure> Measure(string name, double[][] all, int stride, CancellationToken cancellationToken)
    {
        foreach (var elapsed in Elapsed)
        {
            (double[] Series, int Start)[] windows = [.. all.SelectMany(series => Enumerable.Range(0, (series.Length - Period) / stride + 1)
                .Select(window => (series, window * stride))).Where(window => window.Item2 + elapsed >= LeastKnown)];
            var ours = new double[windows.Length];
            var line = new double[windows.Length];
            var median = new double[windows.Length];
            Parallel.For(0, windows.Length, new ParallelOptions { CancellationToken = cancellationToken }, i =>
            {
                var (series, start) = windows[i];
                var now = start + elapsed;
                var (actual, spent) = (series[start..(start + Period)].Sum(), series[start..now].Sum());
                ours[i] = Math.Abs(PeriodTotal.Project(series.AsSpan(0, now), elapsed, Period, new SeriesForecastOptions(1, 1)).Total.P50 / actual - 1);
                line[i] = Math.Abs(spent / elapsed * Period / actual - 1);
                var rest = Enumerable.Range(now, Period - elapsed).Sum(day => SameWeekdays(series[..now], day));
                median[i] = Math.Abs((spent + rest) / actual - 1);
            });
            yield return new Figure($"{name}_period_day_{elapsed}_to_line", Middle(ours), "median error", Middle(line), "line");
            yield return new Figure($"{name}_period_day_{elapsed}_to_weekday", Middle(ours), "median error", Middle(median), "weekday median");
        }
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
