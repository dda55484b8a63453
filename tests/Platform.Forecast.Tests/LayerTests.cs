using CsCheck;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

public sealed class LayerTests(ITestOutputHelper output)
{
    // A tenth of spend is fallback at twice the first choice's price; half of it is routed to half the default's price.
    private static SegmentDay Compared(SegmentDay day) => day with
    {
        FallbackCalls = day.Calls / 20,
        Compared = new ComparedCosts(day.CostNanos / 10, day.CostNanos / 20, day.CostNanos / 2, day.CostNanos, 0, 0, day.CostNanos, day.CostNanos * 4),
    };

    private static OrganisationForecast Of(Func<SegmentDay, SegmentDay> with) => Ahead(
        June, [.. new[] { Segment("team_a", "batch", 1, 120), Segment("team_a", "interactive", 2, 200), Segment("team_b", "interactive", 3, 60) }
            .Select(series => series with { Days = [.. series.Days.Select(with)] })]);

    [Fact]
    public void Layers_add_up_to_the_total_to_the_nano_expected_and_in_every_path()
    {
        Gen.Select(Gen.Double[-0.2, 0.3], Gen.Double[-0.5, 2], Gen.Int[0, 5], Gen.Int[0, 23]).Sample(
            (premium, saving, denied, hour) =>
            {
                var forecast = Of(day => day with
                {
                    DeniedCalls = denied, DeniedNanos = denied * 7_000_001L,
                    Compared = new ComparedCosts(day.CostNanos, (long)(day.CostNanos * (1 - premium)), day.CostNanos, (long)(day.CostNanos * (1 + saving)), 0, 0, 0, 0),
                });
                var layered = Layered(Now(forecast, hour), "");
                foreach (var period in layered.Periods().Select(period => period.Layers).Concat(layered.Months()))
                {
                    Assert.Equal(period.Total.Expected, period.Baseline.Expected + period.Control.Expected + period.Planned.Expected + period.Resilience.Expected);
                    Assert.Equal(period.Total.ToDate, period.Baseline.ToDate + period.Control.ToDate + period.Resilience.ToDate);
                    Assert.Equal(period.Total.Expected, period.Growth.ExpectedNanos);
                    Assert.True(period.Total.P10 >= period.Total.ToDate);
                    Assert.True(period.Baseline.P10 >= 0);
                }

                for (var path = 0; path < JointPaths.Paths; path++)
                {
                    for (var piece = 1; piece < HorizonCalendar.Pieces; piece++)
                    {
                        Assert.Equal(forecast.Teams.Sum(team => team.Segments.Sum(segment => segment[path, piece])), layered.Sum.Cost(path, piece));
                    }
                }
            },
            iter: 4, threads: 1);
    }

    [Fact]
    public void Resilience_is_what_fallbacks_cost_more_and_control_what_routing_saved()
    {
        var month = Layered(Now(Of(Compared)), "").Of(PeriodSpan.Of(PeriodKind.NextMonth, June));

        output.WriteLine(month.ToString());
        Assert.Equal(0.05, month.Resilience.Expected / (double)month.Total.Expected, 3);
        Assert.Equal(-0.5, month.Control.Expected / (double)month.Total.Expected, 3);
        Assert.Equal(1.45, month.Baseline.Expected / (double)month.Total.Expected, 3);
    }

    [Fact]
    public void What_was_refused_would_have_come_on_top_at_what_calls_cost_of_their_bounds()
    {
        // A hundred dollars of bounds are refused a day, and calls cost a quarter of theirs.
        var forecast = Of(day => Compared(day) with { DeniedCalls = 10, DeniedNanos = 100_000_000_000, Compared = new ComparedCosts(0, 0, 0, 0, 0, 0, day.CostNanos, day.CostNanos * 4) });
        var month = Layered(Now(forecast), "team_b").Of(PeriodSpan.Of(PeriodKind.NextMonth, June));

        Assert.Equal(-25.0 * 31, month.Control.Expected / 1e9, 1);
        Assert.Equal(0, month.Resilience.Expected);
    }

    [Fact]
    public void A_share_that_was_seen_on_few_days_is_less_sure()
    {
        double Width(Func<int, double> premium)
        {
            var draws = ShareDraws.Of([.. Enumerable.Range(0, 91).Select(day => new SegmentDay(1000, 1, 0, 0, 0, Compared: new ComparedCosts((long)(1000 * premium(day)), 0, 0, 0, 0, 0, 0, 0)))],
                day => day.Compared.PremiumNanos, day => day.CostNanos, "x", 0, 1)!.Order().ToArray();
            Assert.Equal(0.01, draws.Average(), 2);
            return draws[900] - draws[100];
        }

        Assert.True(Width(_ => 0.01) < 0.001);
        Assert.True(Width(day => day == 50 ? 0.91 : 0) > 0.01);
    }

    [Fact]
    public void Evidence_says_the_shares_with_their_bands_and_what_is_not_known()
    {
        var teams = Layered(Now(Of(Compared)), "").Teams;
        var evidence = Evidence.Of(teams);

        Assert.InRange(evidence.Premium.Middle, 0.0499, 0.0501);
        Assert.InRange(evidence.Saving.Middle, 0.499, 0.501);
        Assert.Equal(0.25, evidence.CostOfBound, 6);
        Assert.Empty(Evidence.Notes(evidence, teams));
        var nothing = Layered(Now(Ahead(June)), "").Teams;
        Assert.Contains(Evidence.Notes(Evidence.Of(nothing), nothing), note => note.Contains("nothing is expected", StringComparison.Ordinal));
    }
}
