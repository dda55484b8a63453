using Platform.Forecasting.Calendar;
using Platform.Forecasting.Preparation;

namespace Platform.Forecasting.Tests;

public sealed class CalendarTests
{
    private const int Known = 150;
    private const int Horizon = 28;
    private static readonly DateOnly Start = new(2026, 1, 5);
    private static readonly DateOnly[] Days = [.. Enumerable.Range(0, Known + Horizon).Select(Start.AddDays)];
    private static readonly SeriesForecastOptions Plain = new(Horizon, Horizon);

    /// <summary>Days that a holiday list might have: one that comes about every three weeks, and two in what is ahead.</summary>
    private static readonly HashSet<DateOnly> Holidays = [.. new[] { 16, 38, 60, 81, 102, 124, 145, 155, 170 }.Select(Start.AddDays)];

    [Fact]
    public void Month_ends_that_are_dear_are_forecast_dear()
    {
        var (with, without) = Errors(day => day.Day == DateTime.DaysInMonth(day.Year, day.Month) ? 3 : 1, Plain with { Calendar = [CalendarEffect.MonthEnd(Days)] });

        Assert.True(with < 0.9 * without, $"{with:0.000} with, {without:0.000} without");
    }

    [Fact]
    public void Holidays_without_spend_are_forecast_without()
    {
        var (with, without) = Errors(day => Holidays.Contains(day) ? 0.05 : 1, Plain with { Calendar = [CalendarEffect.Holidays(Days, Holidays)] });

        Assert.True(with < 0.9 * without, $"{with:0.000} with, {without:0.000} without");
    }

    [Fact]
    public void An_effect_that_is_not_there_does_no_harm()
    {
        var (with, without) = Errors(_ => 1, Plain with { Calendar = [CalendarEffect.Holidays(Days, Holidays), CalendarEffect.MonthEnd(Days)] });

        Assert.True(with < 1.02 * without, $"{with:0.000} with, {without:0.000} without");
    }

    [Fact]
    public void What_was_learnt_is_said()
    {
        var history = Series(3, day => Holidays.Contains(day) ? 0.1 : 1)[..Known];
        var learnt = ForecastEngine.Forecast(history, Plain with { Calendar = [CalendarEffect.Holidays(Days, Holidays)] }).Findings;
        Assert.Contains(learnt, finding => finding.Kind == FindingKind.CalendarEffect && finding.Sentence.Contains("times what is usual", StringComparison.Ordinal));

        var few = new CalendarEffect("launch days", new HashSet<int> { 20, Known + 3 });
        Assert.Contains(ForecastEngine.Forecast(history, Plain with { Calendar = [few] }).Findings, finding => finding.Sentence.Contains("too few", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_marked_beyond_the_engines_steps_is_marked_there_and_is_no_part_of_the_pattern_that_repeats()
    {
        // A holiday in the last week of the engine's four, from which the pattern is taken, and one in the week after next.
        DateOnly[] days = [.. Enumerable.Range(0, Known + 60).Select(Start.AddDays)];
        HashSet<DateOnly> holidays = [.. Holidays.Where(day => day < Start.AddDays(Known)), Start.AddDays(Known + 23), Start.AddDays(Known + 37)];
        var history = Series(3, day => holidays.Contains(day) ? 0.1 : 1)[..Known];
        var marked = ForecastEngine.Outlook(history, Plain with { Calendar = [CalendarEffect.Holidays(days, holidays)] }).Extended(60, 7);
        var learnt = Assert.Single(marked.Learnt);

        Assert.Equal([23, 37], learnt.Ahead);
        Assert.InRange(learnt.Ratio, 0.05, 0.2);

        // All of the same weekday.
        Assert.All([23, 37], step => Assert.InRange(marked.Centre(step) / marked.Centre(16), 0.05, 0.25));
        Assert.All([30, 44, 51, 58], step => Assert.InRange(marked.Centre(step) / marked.Centre(16), 0.85, 1.2));
        Assert.All(marked.Usual, day => Assert.True(day.Value > 3 * history[day.Step]));
    }

    [Fact]
    public void Spend_that_never_varies_has_no_effect_to_be_seen()
    {
        var flat = ForecastEngine.Outlook(Enumerable.Repeat(2.0, Known).ToArray(), Plain with { Calendar = [CalendarEffect.Holidays(Days, Holidays)] });

        Assert.Empty(flat.Learnt);
    }

    [Fact]
    public void A_holiday_of_two_effects_counts_once()
    {
        var both = CalendarEffect.Holidays(Days, Holidays);
        var history = Series(4, day => Holidays.Contains(day) ? 0.5 : 1)[..Known];
        var (once, twice) = (ForecastEngine.Forecast(history, Plain with { Calendar = [both] }), ForecastEngine.Forecast(history, Plain with { Calendar = [both, both with { Name = "again" }] }));

        Assert.Equal(once.Paths.Step(5), twice.Paths.Step(5));
    }

    [Fact]
    public void Months_follow_their_working_days_where_they_do()
    {
        DateOnly[] months = [.. Enumerable.Range(0, 54).Select(new DateOnly(2021, 1, 1).AddMonths)];
        var working = CalendarEffect.WorkingDays(months, new HashSet<DateOnly>());
        Assert.Equal(21, working[0]);
        var (with, without) = (0.0, 0.0);
        for (var seed = 0; seed < 12; seed++)
        {
            var random = new Random(seed);
            double[] values = [.. working.Select(days => days * (100 + 1.5 * Synthetic.Normal(random)))];
            var options = new SeriesForecastOptions(6, 6) { Season = 12, Paths = 200 };
            with += Error(ForecastEngine.Forecast(values.AsSpan(0, 48), options with { Exposure = working }), values[48..]);
            without += Error(ForecastEngine.Forecast(values.AsSpan(0, 48), options), values[48..]);
        }

        Assert.True(with < 0.8 * without, $"{with:0.000} with, {without:0.000} without");
        Assert.Throws<ArgumentException>(() => ForecastEngine.Forecast([1, 2, 3], new SeriesForecastOptions(3, 3) { Exposure = [1, 1, 1, 1, 1] }));
    }

    private static (double With, double Without) Errors(Func<DateOnly, double> factor, SeriesForecastOptions options)
    {
        var (with, without) = (0.0, 0.0);
        for (var seed = 0; seed < 20; seed++)
        {
            var series = Series(seed, factor);
            with += Error(ForecastEngine.Forecast(series.AsSpan(0, Known), options with { Paths = 200 }), series[Known..]);
            without += Error(ForecastEngine.Forecast(series.AsSpan(0, Known), Plain with { Paths = 200 }), series[Known..]);
        }

        return (with, without);
    }

    private static double[] Series(int seed, Func<DateOnly, double> factor) =>
        [.. Synthetic.Team(seed, Known + Horizon).Select((value, day) => value * factor(Days[day]))];

    private static double Error(SeriesForecast forecast, double[] came) =>
        came.Select((value, step) => Math.Abs(value - forecast.Paths.Step(step).P50)).Sum() / came.Sum();
}
