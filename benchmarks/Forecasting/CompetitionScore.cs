using Platform.Forecasting;

namespace Platform.Benchmarks.Forecasting;

/// <summary>
/// Scores as the M4 competition's organisers do (Makridakis et al. 2020): sMAPE and MASE by series, their means over those of Naive 2, and the mean of
/// both ratios, OWA. Below 1 is better than Naive 2.
/// </summary>
internal static class CompetitionScore
{
    public static IEnumerable<Figure> Measure(
        string folder, string frequency, int horizon, int[] seasons, int scaleSeason, CancellationToken cancellationToken)
    {
        var train = DataFile.Read(folder, $"m4-{frequency}-train.csv");
        var test = DataFile.Read(folder, $"m4-{frequency}-test.csv");
        double[][] past = [.. test.Keys.Select(id => train[id])];
        double[][] future = [.. test.Values];
        var forecasts = ForecastBenchmark.ForecastAll(past, new SeriesForecastOptions(horizon, horizon) { Seasons = seasons }, cancellationToken);
        double[][] naive2 = [.. past.Select(history => NaiveTwo.Forecast(history, scaleSeason, horizon))];
        double[][] seasonal = [.. past.Select(history => Enumerable.Range(0, horizon).Select(step => history[history.Length - scaleSeason + step % scaleSeason]).ToArray())];
        double[][] means = [.. forecasts.Select(forecast => Enumerable.Range(0, horizon).Select(forecast.Paths.Mean).ToArray())];
        double[][] medians = [.. forecasts.Select(forecast => Enumerable.Range(0, horizon).Select(step => forecast.Paths.Step(step).P50).ToArray())];
        var baseline = Owa(seasonal);
        yield return new Figure($"m4_{frequency}_owa_mean", Owa(means), "OWA", baseline, "seasonal naive");
        yield return new Figure($"m4_{frequency}_owa_p50", Owa(medians), "OWA", baseline, "seasonal naive");

        foreach (var figure in past.Select((_, i) => Coverage.Of(forecasts[i].Paths, future[i])).Aggregate(Coverage.None, (sum, next) => sum + next).Figures($"m4_{frequency}"))
        {
            yield return figure;
        }

        double Owa(double[][] points) => (Mean(points, Smape) / Mean(naive2, Smape) + Mean(points, Mase) / Mean(naive2, Mase)) / 2;

        double Mean(double[][] points, Func<int, double[], double> score) => points.Select((point, i) => score(i, point)).Average();

        double Smape(int i, double[] point) => future[i].Zip(point, (came, said) => 200 * Math.Abs(came - said) / Math.Max(Math.Abs(came) + Math.Abs(said), double.Epsilon)).Average();

        double Mase(int i, double[] point) => future[i].Zip(point, (came, said) => Math.Abs(came - said)).Average()
            / Enumerable.Range(scaleSeason, past[i].Length - scaleSeason).Average(t => Math.Abs(past[i][t] - past[i][t - scaleSeason]));
    }
}
