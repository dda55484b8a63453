using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Scenarios;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using Platform.SyntheticCompany;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>What a scenario says, beside what comes when it comes true, in companies that are made without any of the engine's code.</summary>
public sealed class ScenarioTruthTests(ITestOutputHelper output)
{
    private const int Known = 120;
    private const int Ahead30 = 30;
    private const int Seeds = 40;

    private static readonly HorizonCalendar FirstOfJune = new(Utc, new DateOnly(2026, 6, 1));

    private static readonly CompanyPlan Plan = new() { Start = FirstOfJune.Today.AddDays(-Known), Days = Known + Ahead30 };

    [Fact]
    public void A_route_change_that_comes_is_inside_its_scenarios_band_and_not_inside_the_forecasts()
    {
        var (inside, without) = (0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            // From the first of June on calls of the first team cost 45 % less.
            var company = SyntheticCompany.Company.Of(seed, Plan with { Control = new Control(Known, 0, 0, 0.45) });
            var came = company.Where(segment => segment.Team == "team-1").Sum(segment => segment.Days.Skip(Known).Sum(day => day.Nanos));
            var scenario = Make(company, "team-1", "route team=team-1 model=standard to=acme/cheap");
            var (with, forecast) = (Month(scenario.Official.Of(Span, scenario.Layers)), Month(scenario.Official.Of(Span)));
            inside += came >= with.P10 && came <= with.P90 ? 1 : 0;
            without += came >= forecast.P10 && came <= forecast.P90 ? 1 : 0;
        }

        output.WriteLine($"{inside} of {Seeds} with the scenario, {without} without");
        Assert.InRange(inside, Seeds * 0.65, Seeds * 0.95);
        Assert.InRange(without, 0, Seeds * 0.2);
    }

    [Fact]
    public void What_an_outage_costs_is_as_sure_as_the_day_that_it_falls_on()
    {
        var (inside, days) = (0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            // On the eleventh of June six hours are served by another provider, 60 % dearer.
            var company = SyntheticCompany.Company.Of(seed, Plan with { Outage = new Outage(Known + 10, 6, 0.6) });
            var came = company.Sum(segment => segment.Days.Sum(day => day.ResilienceNanos));
            var scenario = Make(company, "", "outage provider=acme hours=6 day=2026-06-11 fallback=+60%");
            var difference = PeriodLayers.Of(Span, scenario.Differences, default, default).Total;
            var day = new DailyTotals(FirstOfJune.Days).Of(scenario.Official, scenario.Inputs.Current, "").Sorted(10, 11);
            inside += came >= difference.P10 && came <= difference.P90 ? 1 : 0;
            days += came >= 0.15 * day[100] && came <= 0.15 * day[900] ? 1 : 0;
        }

        output.WriteLine($"{inside} of {Seeds}; {days} by the day's own band");
        Assert.InRange(inside, Seeds * 0.7, Seeds * 0.97);
        Assert.InRange(inside - days, -2, 2);
    }

    private static PeriodSpan Span => PeriodSpan.Of(Contracts.Forecast.V1.PeriodKind.Month, FirstOfJune);

    private static LayerFigure Month(PeriodLayers layers) => layers.Total;

    private static ScenarioForecast Make(IReadOnlyList<SegmentDays> company, string team, string line)
    {
        SegmentSeries[] series = [.. company.Select(segment => new SegmentSeries(
            new SegmentKey(segment.Team, segment.Workload, segment.Lane), FirstOfJune.Today.AddDays(-Known),
            [.. segment.Days.Take(Known).Select(day => new SegmentDay(day.Nanos, day.Calls, 0, day.Tokens, 0))])).OrderBy(segment => segment.Key)];
        var test = WhatIfCase.Of(Now(Ahead(FirstOfJune, series), hour: 0), ("acme", "standard", 1.0)) with { Prices = [Price("standard", 3), Price("cheap", 1.65)] };
        return test.MakeFor(team, line);
    }

    private static PriceRow Price(string model, double input) => new() { Provider = "acme", Model = model, Tier = "standard", Currency = "USD", InputPerMillion = (long)(input * 1e9) };
}
