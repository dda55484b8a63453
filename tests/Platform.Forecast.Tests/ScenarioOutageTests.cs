using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using static Platform.Forecast.Tests.ScenarioCase;

namespace Platform.Forecast.Tests;

/// <summary>Scenarios in which a provider does not answer.</summary>
public sealed class ScenarioOutageTests
{
    [Fact]
    public void An_outage_costs_what_its_hours_have_at_the_fallbacks_price_or_loses_them()
    {
        var day = Case.Make("price provider=openai change=+100% starts=2026-06-20 ends=2026-06-21").Sums;
        var whole = day.Expected[0].Sum() + day.ExpectedPlanned[0].Sum();
        long Of(string rest) => Case.Answer($"outage provider=openai day=2026-06-20 {rest}").Changes[0].Periods[0].Difference.ExpectedNanos;

        Assert.Equal(0.6 * whole, Of("hours=24 fallback=+60%"), whole * 1e-6);
        Assert.Equal(-whole, Of("hours=24 fallback=none"), whole * 1e-6);
        Assert.Equal(0.25 * 0.6 * whole, Of("hours=6 fallback=+60%"), whole * 1e-6);
        Assert.Equal((0.8 * 1.6 - 1) * whole, Of("hours=24 fallback=+60% falls_back=80%"), whole * 1e-6);
        Assert.Equal(0.2 * whole, Case.Answer("outage provider=openai day=2026-06-20 hours=24 fallback=+60% falls_back=80%").Changes[0].Periods[0].UnservedNanos, whole * 1e-6);
        Assert.Contains(Case.Answer("outage provider=openai hours=6").Changes[0].RestsOn, sentence => sentence.Contains("taken as lost", StringComparison.Ordinal));
    }

    [Fact]
    public void An_outage_at_the_peak_has_more_of_a_day_than_its_hours()
    {
        double[] profile = [.. Enumerable.Range(0, 24).Select(hour => hour is >= 9 and < 17 ? 0.1 : 0.0125)];
        var test = Case with { Hours = new() { ["team_a"] = profile, ["team_b"] = profile, [""] = profile } };
        long Of(string rest) => test.Answer($"outage provider=openai fallback=none {rest}").Changes[0].Periods[0].Difference.ExpectedNanos;
        var whole = Of("hours=24 day=2026-06-20");

        Assert.Equal(0.4, Of("hours=4 at=peak day=2026-06-20") / (double)whole, 6);
        Assert.Equal(0.4, Of("hours=4 at=2026-06-20T10:00:00Z") / (double)whole, 6);
        Assert.Equal(0.05, Of("hours=4 at=2026-06-20T01:00:00Z") / (double)whole, 6);
        Assert.Equal(0.05, Of("hours=0.5 at=2026-06-20T10:45:00Z") / (double)whole, 6);
    }

    [Theory]
    [InlineData("fallback=gpt-4o-mini", true)]
    [InlineData("fallback=openai/gpt-4o-mini", true)]
    [InlineData("model=gpt-4o fallback=gpt-4o", true)]
    [InlineData("model=gpt-4o fallback=openai/gpt-4o-mini", false)]
    [InlineData("fallback=mistral/large", false)]
    [InlineData("fallback=+20%", false)]
    public void Nothing_falls_back_to_what_does_not_answer(string fallback, bool isRefused)
    {
        var problems = Case.Problems($"outage provider=openai hours=6 {fallback}");

        Assert.Equal(isRefused, problems.Count == 1);
        Assert.All(problems, problem => Assert.Contains("fallback= is of what does not answer", problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Asia/Kolkata", "outage provider=openai hours=1 at=2026-06-20T18:00:00Z", 0.5, 0.5)]
    [InlineData("Asia/Kathmandu", "outage provider=openai hours=1 at=2026-06-20T18:00:00Z", 0.25, 0.75)]
    [InlineData("Asia/Kolkata", "outage provider=openai hours=0.5 at=2026-06-20T18:30:00Z", 0, 0.5)]
    [InlineData("UTC", "outage provider=openai hours=1 at=2026-06-20T18:00:00Z", 1, 0)]
    public void An_hour_that_crosses_midnight_counts_on_both_of_its_days(string zone, string line, double first, double second)
    {
        // All of a day's calls come from six to seven in the evening (UTC), within which the day ends in zones of half and of quarter hours.
        var problems = new List<string>();
        var outage = Assert.IsType<OutageChange>(ChangeReader.Read(line, problems));
        var horizon = new HorizonCalendar(BillingCalendar.Find(zone)!, new DateOnly(2026, 6, 10));
        var timeline = new Timeline(horizon, OutageHours.Cuts(outage, horizon));
        double[] profile = [.. Enumerable.Range(0, 24).Select(hour => hour == 18 ? 1.0 : 0)];
        var hours = OutageHours.Of(outage, timeline, horizon.Calendar.StartOf(horizon.Today).AddHours(9), new Dictionary<string, double[]> { ["team_a"] = profile }).Of("team_a");

        Assert.Empty(problems);
        Assert.Equal((first, second), (hours[timeline.StepOf(10)], hours[timeline.StepOf(11)]));
        Assert.Equal(first + second, hours.Sum());
    }

    [Fact]
    public void The_peak_of_a_zone_of_half_hours_is_sought_among_its_own_hours()
    {
        // Its hours go from half to half: the one from 08:30 to 09:30 UTC has most, though from nine to ten is the dearest hour of UTC.
        var horizon = new HorizonCalendar(BillingCalendar.Find("Asia/Kolkata")!, new DateOnly(2026, 6, 10));
        var outage = Assert.IsType<OutageChange>(ChangeReader.Read("outage provider=openai hours=1 at=peak day=2026-06-20", []));
        var timeline = new Timeline(horizon, OutageHours.Cuts(outage, horizon));
        double[] profile = [.. Enumerable.Range(0, 24).Select(hour => hour switch { 8 => 0.45, 9 => 0.5, 10 => 0.05, _ => 0.0 })];
        var hours = OutageHours.Of(outage, timeline, horizon.Calendar.StartOf(horizon.Today), new Dictionary<string, double[]> { [""] = profile }).Of("team_a");

        Assert.Equal(0.475, hours[timeline.StepOf(10)], 9);
    }
}
