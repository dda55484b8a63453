using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>What the service says of a month that runs, as people are told it.</summary>
public sealed class RunningMonthTests(ITestOutputHelper output)
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

    [Fact]
    public void A_young_team_is_not_dearer_for_being_several_segments()
    {
        var calendar = new HorizonCalendar(Utc, new DateOnly(2026, 2, 8));
        double[] ratios = [.. Enumerable.Range(0, 20).Select(team =>
        {
            SegmentSeries[] parts = [.. Enumerable.Range(0, 4).Select(part => Segment("team_a", $"{part}", 2000 + 4 * team + part, 7, calendar))];
            var whole = SegmentSeries.Add(new SegmentKey("team_a", "", ""), parts);
            return MonthEnd(calendar, parts) / MonthEnd(calendar, whole);
        })];

        output.WriteLine(string.Join(' ', ratios.Select(ratio => $"{ratio:0.000}")));
        Assert.InRange(ratios.Average(), 0.99, 1.01);

        // The middle of a thousand paths is off by a percent or two of its own.
        Assert.All(ratios, ratio => Assert.InRange(ratio, 0.96, 1.04));
    }

    [Fact]
    public void A_segment_that_began_last_week_adds_to_its_team_and_moves_no_other()
    {
        var calendar = new HorizonCalendar(Utc, new DateOnly(2026, 6, 15));
        var old = Segment("team_a", "old", 2, 200, calendar);
        var young = Segment("team_a", "young", 3, 9, calendar);
        var alone = Ahead(calendar, old).Teams[0].Segments[0].Expected;

        Assert.Equal(alone, Ahead(calendar, old, young).Teams[0].Segments[0].Expected, (one, other) => Math.Abs(one - other) <= 0.02 * one);
    }

    private static double MonthEnd(HorizonCalendar calendar, params IReadOnlyList<SegmentSeries> series) =>
        Layered(Now(Ahead(calendar, series), hour: 0), "").Of(PeriodSpan.Of(calendar.Month, calendar.Month.AddMonths(1), calendar)).Total.P50;
}
