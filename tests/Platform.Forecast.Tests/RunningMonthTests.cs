using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>What the service says of a month that runs, as people are told it.</summary>
public sealed class RunningMonthTests
{
    private static readonly double[] Week = [100, 120, 140, 120, 100, 20, 10];

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(28)]
    public void A_steady_week_comes_to_what_arithmetic_says(int today)
    {
        var calendar = new HorizonCalendar(Utc, new DateOnly(2026, 6, today));
        var days = Enumerable.Range(0, 90 + today).Select(day => Day(Week[day % 7])).ToArray();
        var series = new SegmentSeries(new SegmentKey("team_a", "", ""), calendar.Today.AddDays(-days.Length), days);
        var month = Layered(Now(Ahead(calendar, series), hour: 0), "").Of(PeriodSpan.Of(calendar.Month, calendar.Month.AddMonths(1), calendar)).Total;
        var came = Enumerable.Range(0, 30).Sum(day => Week[(91 + day) % 7]) * 1e9;

        Assert.InRange(month.P50 / came, 0.995, 1.005);
        Assert.Equal(days.TakeLast(today - 1).Sum(day => day.CostNanos), month.ToDate);
    }
}
