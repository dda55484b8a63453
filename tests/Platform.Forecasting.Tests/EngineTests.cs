using System.Diagnostics;

namespace Platform.Forecasting.Tests;

public sealed class EngineTests(ITestOutputHelper output)
{
    private static readonly SeriesForecastOptions Month = new(Horizon: 28, BacktestHorizon: 28);

    [Fact]
    public void Bands_of_totals_hold_four_in_five_of_what_came()
    {
        var (inside, below, above, totals, error, sum) = (0, 0, 0, 0, 0.0, 0.0);
        for (var seed = 0; seed < 150; seed++)
        {
            foreach (var (known, horizon) in new[] { (60, 14), (90, 28) })
            {
                var series = Synthetic.Team(seed, known + horizon);
                var forecast = ForecastEngine.Forecast(series.AsSpan(0, known), new SeriesForecastOptions(horizon, horizon));
                var band = forecast.Paths.Total(0, horizon);
                var actual = series[known..].Sum();
                totals++;
                inside += actual >= band.P10 && actual <= band.P90 ? 1 : 0;
                below += actual < band.P10 ? 1 : 0;
                above += actual > band.P90 ? 1 : 0;
                error += Math.Abs(actual - band.P50);
                sum += actual;
            }
        }

        output.WriteLine($"{inside} of {totals} inside ({below} below, {above} above), WAPE {error / sum:P1}");
        Assert.InRange(inside / (double)totals, 0.70, 0.90);
    }

    [Fact]
    public void A_series_takes_at_most_a_tenth_of_a_second()
    {
        ForecastEngine.Forecast(Synthetic.Team(1, 90), Month);
        foreach (var days in new[] { 90, 400 })
        {
            var series = Synthetic.Team(2, days);
            var started = Stopwatch.GetTimestamp();
            ForecastEngine.Forecast(series, new SeriesForecastOptions(90, 28));
            output.WriteLine($"{days} days: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0.0} ms");
        }
    }
}
