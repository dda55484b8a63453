using Platform.Forecasting;
using Platform.Forecasting.Sampling;

namespace Platform.Benchmarks.Forecasting;

/// <summary>
/// Weighted quantile loss (mean of the doubled pinball losses at 0.1, 0.5 and 0.9 over the sum of what came) against two simple rules with bands of their own past errors,
/// the seasonal naive and the median of the last four values of the same season, and how many values and totals the 80 % band held.
/// </summary>
internal static class TraceScore
{
    private const int SeasonsOfMedian = 4;

    public static (IEnumerable<Figure> Figures, Coverage Coverage) Measure(string folder, TraceTask task, CancellationToken cancellationToken)
    {
        (double[] Past, double[] Future)[] cases = [.. from series in DataFile.Read(folder, task.File)
                                                        where series.Key.Contains(task.Part, StringComparison.Ordinal)
                                                        from origin in task.Origins
                                                        where origin + task.Horizon <= series.Value.Length
                                                        select (series.Value[..origin], series.Value[origin..(origin + task.Horizon)])];
        var options = new SeriesForecastOptions(task.Horizon, task.Horizon) { Seasons = task.Seasons };
        var forecasts = ForecastBenchmark.ForecastAll([.. cases.Select(entry => entry.Past)], options, cancellationToken);
        var (ours, naive, median, coverage, all) = (0.0, 0.0, 0.0, Coverage.None, 0.0);
        for (var i = 0; i < cases.Length; i++)
        {
            var (past, future) = cases[i];
            for (var step = 0; step < task.Horizon; step++)
            {
                ours += Loss(future[step], forecasts[i].Paths.Step(step));
            }

            naive += RuleLoss(past, future, task.Season, seasons: 1);
            median += RuleLoss(past, future, task.Season, SeasonsOfMedian);
            all += future.Sum();
            coverage += Coverage.Of(forecasts[i].Paths, future);
        }

        return (
            [
                new Figure($"{task.Name}_wql", ours / all, "wQL", naive / all, $"seasonal naive ({task.Season})"),
                new Figure($"{task.Name}_wql_to_median", ours / all, "wQL", median / all, $"season median ({task.Season})"),
                .. coverage.Figures(task.Name),
            ],
            coverage);
    }

    /// <summary>Loss of the median of the last values of the same season, with the quantiles of what the same rule missed from every earlier point by one season ahead.</summary>
    private static double RuleLoss(double[] past, double[] future, int season, int seasons)
    {
        double Median(int end, int step) =>
            Band.Quantile([.. Enumerable.Range(1, Math.Min(seasons, end / season)).Select(back => past[end - back * season + step % season]).Order()], 0.5);

        double[] errors = [.. Enumerable.Range(season, past.Length - season).Select(t => past[t] - Median(t, 0)).Order()];
        return future.Select((came, step) =>
        {
            var point = Median(past.Length, step);
            return Loss(came, new Band(Math.Max(0, point + Band.Quantile(errors, 0.1)), point, point + Band.Quantile(errors, 0.9)));
        }).Sum();
    }

    private static double Loss(double came, Band band) => 2 * (Pinball(came, band.P10, 0.1) + Pinball(came, band.P50, 0.5) + Pinball(came, band.P90, 0.9)) / 3;

    private static double Pinball(double came, double said, double probability) =>
        came >= said ? (came - said) * probability : (said - came) * (1 - probability);
}
