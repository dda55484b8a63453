using Platform.Forecasting.Preparation;

namespace Platform.Forecasting.Tests;

/// <summary>A season is forecast as soon as it was seen twice; before that it is said, borrowed or paid for with a wider band. Nothing lies between.</summary>
public sealed class SeasonSightTests
{
    [Theory]
    [InlineData(14, false)]
    [InlineData(14, true)]
    [InlineData(17, false)]
    [InlineData(20, false)]
    [InlineData(20, true)]
    [InlineData(27, false)]
    [InlineData(27, true)]
    public void Two_weeks_of_days_have_their_weekend(int days, bool quick)
    {
        for (var seed = 0; seed < 14; seed++)
        {
            var random = new Random(seed);
            double[] history = [.. Enumerable.Range(0, days).Select(day => (IsWeekend(day + seed) ? 10 : 100) * (1 + 0.05 * Synthetic.Normal(random)))];
            var forecast = ForecastEngine.Forecast(history, new SeriesForecastOptions(28, 28) { IsQuick = quick });
            var ahead = Enumerable.Range(0, 28).ToLookup(step => IsWeekend(days + step + seed), step => forecast.Paths.Step(step).P50);

            Assert.True(ahead[true].Max() < 0.5 * ahead[false].Min(), $"seed {seed}: {ahead[true].Max():0} and {ahead[false].Min():0}");
            Assert.DoesNotContain(forecast.Findings, finding => finding.Kind == FindingKind.SeasonUnseen);
        }
    }

    [Theory]
    [InlineData(24)]
    [InlineData(29)]
    [InlineData(30)]
    [InlineData(36)]
    [InlineData(47)]
    public void Two_years_of_months_have_their_summer(int months)
    {
        for (var seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            double[] history = [.. Enumerable.Range(0, months).Select(month => (IsSummer(month + seed) ? 40 : 100) * (1 + 0.05 * Synthetic.Normal(random)))];
            var forecast = ForecastEngine.Forecast(history, new SeriesForecastOptions(12, 12) { Season = 12 });
            var ahead = Enumerable.Range(0, 12).ToLookup(step => IsSummer(months + step + seed), step => forecast.Paths.Step(step).P50);

            Assert.True(ahead[true].Average() < 0.6 * ahead[false].Average(), $"seed {seed}: {ahead[true].Average():0} and {ahead[false].Average():0}");
        }
    }

    [Theory]
    [InlineData(336)]
    [InlineData(400)]
    [InlineData(500)]
    public void Two_weeks_of_hours_have_their_weekend_and_their_night(int hours)
    {
        var random = new Random(hours);
        double[] history = [.. Enumerable.Range(0, hours).Select(hour => Hourly(hour) * (1 + 0.05 * Synthetic.Normal(random)))];
        var forecast = ForecastEngine.Forecast(history, new SeriesForecastOptions(168, 168) { Seasons = [24, 168], Paths = 200 });

        var off = Enumerable.Range(0, 168).Average(step => Math.Abs(forecast.Paths.Step(step).P50 / Hourly(hours + step) - 1));
        Assert.InRange(off, 0, 0.15);

        static double Hourly(int hour) => (hour % 24 < 8 ? 20 : 100) * (IsWeekend(hour / 24) ? 0.2 : 1);
    }

    [Fact]
    public void At_every_length_a_week_is_either_forecast_or_said_to_be_left_out()
    {
        double[] days = [.. Enumerable.Range(0, 80).Select(day => IsWeekend(day) ? 10.0 : 100)];
        for (var length = 1; length <= 60; length++)
        {
            var forecast = ForecastEngine.Forecast(days.AsSpan(0, length), new SeriesForecastOptions(7, 7) { Paths = 50 });
            var isSaid = forecast.Findings.Any(finding => finding.Kind == FindingKind.SeasonUnseen);
            var isForecast = Enumerable.Range(0, 7).All(step => Math.Abs(forecast.Paths.Step(step).P50 / days[length + step] - 1) < 0.2);

            Assert.Equal(length < 14, isSaid);
            Assert.True(isSaid || isForecast, $"{length} days");
        }
    }

    [Fact]
    public void A_week_that_is_not_seen_makes_the_band_wider()
    {
        var history = Synthetic.Team(4, 13);
        var (asked, not) = (ForecastEngine.Forecast(history, new(28, 28)).Paths.Total(0, 28), ForecastEngine.Forecast(history, new(28, 28) { Seasons = [] }).Paths.Total(0, 28));

        Assert.True(asked.P90 - asked.P10 > 1.05 * (not.P90 - not.P10));
    }

    private static bool IsWeekend(int day) => day % 7 >= 5;

    private static bool IsSummer(int month) => month % 12 is 6 or 7;
}
