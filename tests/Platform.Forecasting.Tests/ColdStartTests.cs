using Platform.Forecasting.Preparation;

namespace Platform.Forecasting.Tests;

public sealed class ColdStartTests
{
    private static readonly double[] Week = [1.2, 1.2, 1.2, 1.1, 1.1, 0.3, 0.1];
    private static readonly SeriesForecastOptions Plain = new(14, 14);

    [Fact]
    public void A_new_series_has_its_siblings_week()
    {
        var (with, without) = (0.0, 0.0);
        for (var seed = 0; seed < 20; seed++)
        {
            var siblings = Enumerable.Range(1, 4).Select(i => Series(100 * seed + i, 90)).ToArray();
            var series = Series(seed, 90);
            with += Error(ForecastEngine.Forecast(series.AsSpan(66, 10), Plain with { Siblings = [.. siblings.Select(sibling => sibling[..76])] }), series[76..]);
            without += Error(ForecastEngine.Forecast(series.AsSpan(66, 10), Plain), series[76..]);
        }

        Assert.True(with < 0.6 * without, $"{with:0.000} with, {without:0.000} without");
    }

    [Fact]
    public void It_is_said_what_was_borrowed()
    {
        var findings = ForecastEngine.Forecast(Series(1, 9), Plain with { Siblings = [Series(2, 60), Series(3, 60), Series(4, 5)] }).Findings;

        Assert.Contains(findings, finding => finding.Kind == FindingKind.BorrowedShape && finding.Sentence.Contains("from 2 sibling series", StringComparison.Ordinal));
        Assert.DoesNotContain(findings, finding => finding.Kind == FindingKind.SeasonUnseen);
        Assert.Contains(findings, finding => finding.Kind == FindingKind.ShortHistory);
    }

    [Fact]
    public void A_series_that_shows_its_season_borrows_none()
    {
        var history = Synthetic.Team(7, 60);
        var (alone, among) = (ForecastEngine.Forecast(history, Plain), ForecastEngine.Forecast(history, Plain with { Siblings = [Series(2, 60)] }));

        Assert.Equal(alone.Paths.Total(0, 14), among.Paths.Total(0, 14));
    }

    [Fact]
    public void Siblings_that_say_nothing_are_left_out()
    {
        double[][] siblings = [new double[60], [.. Enumerable.Repeat(double.NaN, 60)], []];
        var forecast = ForecastEngine.Forecast(Series(1, 9), Plain with { Siblings = siblings });

        Assert.DoesNotContain(forecast.Findings, finding => finding.Kind == FindingKind.BorrowedShape);
        Assert.True(double.IsFinite(forecast.Paths.Total(0, 14).P90));
    }

    private static double[] Series(int seed, int days)
    {
        var random = new Random(seed);
        var level = 50 + 100 * random.NextDouble();
        return [.. Enumerable.Range(0, days).Select(day => level * Week[day % 7] * (0.9 + 0.2 * random.NextDouble()))];
    }

    private static double Error(SeriesForecast forecast, double[] came) =>
        Enumerable.Range(0, 14).Sum(step => Math.Abs(came[step] - forecast.Paths.Step(step).P50)) / came[..14].Sum();
}
