using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>Two teams with three segments on two models, and a launch that is planned: what most tests of scenarios change.</summary>
internal static class ScenarioCase
{
    // A tenth of spend is fallback, half is routed to half the default's price, and a dollar of bounds is refused a day.
    private static SegmentDay Compared(SegmentDay day) => day with
    {
        FallbackCalls = day.Calls / 20, DeniedCalls = 1, DeniedNanos = 1_000_000_000,
        Compared = new ComparedCosts(day.CostNanos / 10, day.CostNanos / 20, day.CostNanos / 2, day.CostNanos, 0, 0, day.CostNanos, day.CostNanos * 4),
    };

    public static readonly CurrentForecast Now3 = Now(Ahead(
        June, [.. new[] { Segment("team_a", "batch", 1, 120), Segment("team_a", "interactive", 2, 200), Segment("team_b", "interactive", 3, 60) }
            .Select(series => series with { Days = [.. series.Days.Select(Compared)] })]));

    public static readonly PlanRow Launch = new(
        "launch", "launch", "team_a", "new", "", "", "gpt-4o", June.Today.AddDays(10), 5, 1000, 1000, 500, 700_000, 300_000, null, "", "", true, DateTimeOffset.UnixEpoch, "key_1");

    public static readonly WhatIfCase Case = WhatIfCase.Of(Now3, ("openai", "gpt-4o", 0.7), ("openai", "gpt-4o-mini", 0.3)) with { Plan = [Launch] };

    public static List<QuarterLoad> Steady(long calls) =>
        [.. Enumerable.Range(0, LimitEffect.Days * 96).Select(quarter => new QuarterLoad(quarter / 96, calls, calls * 1000, calls * 10_000_000))];
}
