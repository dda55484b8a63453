using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Publishing;
using Platform.Forecast.Segments;
using Platform.Forecast.Versions;

namespace Platform.Forecast.Tests;

public sealed class ScoreTests
{
    private static readonly DateOnly AsOf = new(2026, 6, 10);

    [Theory]
    [InlineData("day", "2026-06-11", "2026-06-12", "day", 1)]
    [InlineData("day", "2026-07-08", "2026-07-09", "day", 28)]
    [InlineData("days", "2026-06-11", "2026-06-18", "days", 7)]
    [InlineData("month", "2026-06-01", "2026-07-01", "month_end", 21)]
    [InlineData("month", "2026-07-01", "2026-08-01", "month", 1)]
    [InlineData("month", "2027-06-01", "2027-07-01", "month", 12)]
    [InlineData("quarter", "2026-04-01", "2026-07-01", "quarter", 0)]
    [InlineData("quarter", "2026-07-01", "2026-10-01", "quarter", 1)]
    [InlineData("twelve_months", "2026-07-01", "2027-07-01", "twelve_months", 0)]
    public void Targets_are_judged_with_those_made_as_long_before(string kind, string from, string to, string group, int lead) =>
        Assert.Equal(new LeadGroup(group, lead), LeadGroup.Of(Figure(kind, from, to), AsOf));

    [Theory]
    [InlineData("2026-06-01", 31)]
    [InlineData("2026-06-11", 21)]
    [InlineData("2026-06-30", 3)]
    public void Month_ends_are_judged_by_the_days_before_them(string asOf, int lead) =>
        Assert.Equal(new LeadGroup("month_end", lead), LeadGroup.Of(Figure("month", "2026-06-01", "2026-07-01"), DateOnly.Parse(asOf)));

    [Fact]
    public void Scores_are_sums_by_what_came()
    {
        var sum = new ScoreSum();
        sum.Add(new LayerFigure(0, 0, 80, 100, 120), 110, 90, 120);
        sum.Add(new LayerFigure(0, 0, 80, 100, 120), 90, 90, 120);
        sum.Add(new LayerFigure(0, 0, 80, 100, 120), 200, 90, 120);
        var row = sum.ToWire("", Layer.Total, LeadGroup.FourWeeks);

        Assert.Equal((3, 400, 300), (row.Targets, row.ActualNanos, row.ForecastNanos));
        Assert.Equal((120 / 400.0, -100 / 400.0), (row.Wape, row.Bias));
        Assert.Equal(2 / 3.0, row.Coverage80);

        // What came is above the P10 by 30, 10 and 120, above the P90 by 80, and below it by 10 and 30.
        Assert.Equal(2 * 0.1 * 160 / 400, row.Pinball10, 12);
        Assert.Equal(2 * (0.9 * 80 + 0.1 * 40) / 400, row.Pinball90, 12);
        Assert.Equal((row.Pinball10 + row.Pinball50 + row.Pinball90) / 3, row.Pinball, 12);
        Assert.Equal([("run_rate", 130 / 400.0, -130 / 400.0), ("seasonal_naive", 120 / 400.0, -40 / 400.0)], row.Rules.Select(rule => (rule.Rule, rule.Wape, rule.Bias)));
    }

    [Fact]
    public void Where_nothing_came_there_is_no_share_of_it()
    {
        var sum = new ScoreSum();
        sum.Add(new LayerFigure(0, 0, 0, 5, 9), 0, 0, 0);
        var row = sum.ToWire("", Layer.Resilience, LeadGroup.FourWeeks);

        Assert.Equal((false, false, 1.0, 5), (row.HasWape, row.HasPinball, row.Coverage80, row.ForecastNanos));
    }

    [Theory]
    [InlineData(0.04, "run_best")]
    [InlineData(0.12, "run")]
    [InlineData(0.13, "walk")]
    [InlineData(0.20, "crawl")]
    [InlineData(0.21, "beyond_crawl")]
    public void Maturity_is_read_off_totals_of_four_weeks(double error, string band)
    {
        var sum = new ScoreSum();
        for (var target = 0; target < MaturityOf.LeastTargets - 1; target++)
        {
            sum.Add(new LayerFigure(0, 0, 0, (long)(100_000 * (1 + error)), 0), 100_000, 0, 0);
        }

        Assert.Equal("not_enough", MaturityOf.Of(sum).Band);
        sum.Add(new LayerFigure(0, 0, 0, (long)(100_000 * (1 + error)), 0), 100_000, 0, 0);
        Assert.Equal(band, MaturityOf.Of(sum).Band);
        Assert.Equal("not_enough", MaturityOf.Of(null).Band);
    }

    [Fact]
    public void Simple_rules_say_the_mean_of_a_week_and_the_same_weekday()
    {
        var horizon = new HorizonCalendar(Company.Utc, AsOf);
        var history = new ScopeHistory(AsOf, [.. new long[] { 900, 900, 10, 20, 30, 40, 50, 60, 70 }.Select(nanos => new SegmentDay(nanos, 1, 0, 0, 0))]);
        (long, long) Of(int place) => NaiveFigures.Of(history, VersionTargets.All(horizon)[place].Span, 0, 0.5);

        Assert.Equal((40, 20), Of(0));
        Assert.Equal((40, 40), Of(1));
        Assert.Equal((40, 10), Of(2));
        Assert.Equal((280, 280), Of(5));

        // Half of today, which is like the day a week before, and twenty days.
        Assert.Equal((5 + 20 + 20 * 40, 5 + 5 + 2 * 280 + 270), NaiveFigures.Of(history, VersionTargets.All(horizon)[7].Span, 5, 0.5));
    }

    private static VersionFigure Figure(string kind, string from, string to) =>
        new("", kind, DateOnly.Parse(from), DateOnly.Parse(to), default, default, default, default, default, 0, 0);
}
