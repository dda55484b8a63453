using Platform.Forecasting;
using Platform.Forecasting.Sampling;

namespace Platform.Benchmarks.Forecasting;

/// <summary>
/// Weighted quantile loss (mean of the doubled pinball losses at 0.1, 0.5 and 0.9 over the sum of what came) against the seasonal naive with bands of its
/// own past errors, and how many values and totals the 80 % band held.
/// </summary>
internal static class TraceScore
{
    public static (IEnumerable<Figure> Figures, Coverage Coverage) Measure(string folder, TraceTask task, CancellationToken cancellationToken)
    {
        (double[] Past, double[] Future)[] cases = [.. from series in DataFile.Read(folder, task.File)
                                                        where series.Key.Contains(task.Part, StringComparison.Ordinal)
                                                        from origin in task.Origins
                                                        where origin + task.Horizon <= series.Value.Length
                                                        select (series.Value[..origin], series.Value[origin..(origin + task.Horizon)])];
        var options = new SeriesForecastOptions(task.Horizon, task.Horizon) { Seasons = task.Seasons };
        var forecasts = ForecastBenchmark.ForecastAll([.. cases.Select(entry => entry.Past)], options, cancellationToken);
        var (ours, naive, coverage, all) = (0.0, 0.0, Coverage.None, 0.0);
        for (var i = 0; i < cases.Length; i++)
        {
            var (past, future) = cases[i];
            double[] errors = [.. Enumerable.Range(task.Season, past.Length - task.Season).Select(t => past[t] - past[t - task.Season]).Order()];
            for (var step = 0; step < task.Horizon; step++)
            {
                var band = forecasts[i].Paths.Step(step);
                var point = past[past.Length - task.Season + step % task.Season];
                ours += Loss(future[step], band);
                naive += Loss(future[step], new Band(Math.Max(0, point + Band.Quantile(errors, 0.1)), point, point + Band.Quantile(errors, 0.9)));
                all += future[step];
            }

            coverage += Coverage.Of(forecasts[i].Paths, future);
        }

        return ([new Figure($"{task.Name}_wql", ours / all, "wQL", naive / all, $"seasonal naive ({task.Season})"), .. coverage.Figures(task.Name)], coverage);
    }

    private static double Loss(double came, Band band) => 2 * (Pinball(came, band.P10, 0.1) + Pinball(came, band.P50, 0.5) + Pinball(came, band.P90, 0.9)) / 3;

    private static double Pinball(double came, double said, double probability) =>
        came >= said ? (came - said) * probability : (said - came) * (1 - probability);
}
