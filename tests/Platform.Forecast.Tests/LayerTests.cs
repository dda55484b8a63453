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
        // For each dollar spent two of bounds are refused, and calls cost a quarter of theirs: half a dollar, which grows as spend does.
        var forecast = Of(day => Compared(day) with { DeniedCalls = 10, DeniedNanos = day.CostNanos * 2, Compared = new ComparedCosts(0, 0, 0, 0, 0, 0, day.CostNanos, day.CostNanos * 4) });
        var month = Layered(Now(forecast), "team_b").Of(PeriodSpan.Of(PeriodKind.NextMonth, June));

        Assert.Equal(-0.5, month.Control.Expected / (double)month.Total.Expected, 3);
        Assert.Equal(0, month.Resilience.Expected);
    }

    [Fact]
    public void What_was_refused_counts_at_the_defaults_price_where_it_would_have_been_routed()
    {
        // Half of what is spent is routed at half the default's price, so that without routing all would cost one and a half times as much.
        var forecast = Of(day => Compared(day) with { DeniedCalls = 10, DeniedNanos = day.CostNanos * 2 });
        var month = Layered(Now(forecast), "team_b").Of(PeriodSpan.Of(PeriodKind.NextMonth, June));

        Assert.Equal(-0.5 - 0.5 * 1.5, month.Control.Expected / (double)month.Total.Expected, 3);
    }

    [Fact]
    public void Where_all_was_refused_a_day_is_what_a_day_was()
    {
        // A hundred dollars of bounds a day, of which calls of the other segment cost a quarter.
        var spent = Segment("team_b", "interactive", 3, 60) is var series ? series with { Days = [.. series.Days.Select(Compared)] } : null;
        var refused = new SegmentSeries(new SegmentKey("team_b", "batch", ""), June.Today.AddDays(-60), [.. Enumerable.Repeat(new SegmentDay(0, 0, 0, 0, 0, DeniedCalls: 10, DeniedNanos: 100_000_000_000), 60)]);
        var (with, without) = (Layered(Now(Ahead(June, refused, spent!)), "team_b"), Layered(Now(Ahead(June, spent!)), "team_b"));
        var span = PeriodSpan.Of(PeriodKind.NextMonth, June);

        Assert.Equal(-25.0 * 31, (with.Of(span).Control.Expected - without.Of(span).Control.Expected) / 1e9, 1);
    }

    [Fact]
    public void A_share_that_was_seen_on_few_days_is_less_sure()
    {
        var draws = new DayDraws(June, SegmentLayers.ResilienceDays, "x", isSmooth: true);
        double Width(Func<int, double> premium, int column)
        {
            var shares = draws.Shares(
                [.. Enumerable.Range(0, 91).Select(day => new SegmentDay(1000, 1, 0, 0, 0, Compared: new ComparedCosts((long)(1000 * premium(day)), 0, 0, 0, 0, 0, 0, 0)))],
                day => day.Compared.PremiumNanos, day => day.CostNanos, 0, 1)!;
            var sorted = Enumerable.Range(0, JointPaths.Paths).Select(path => shares[path * HorizonCalendar.Columns + column]).Order().ToArray();
            Assert.Equal(0.01, sorted.Average(), 0.004);
            return sorted[900] - sorted[100];
        }

        const int fourWeeks = HorizonCalendar.Columns - 1;
        const int aMonthAhead = 2;
        Assert.InRange(Width(_ => 0.01, fourWeeks), 0.003, 0.007);
        Assert.True(Width(day => day == 50 ? 0.91 : 0, fourWeeks) > 0.02);
        Assert.Equal(Width(day => day % 10 == 5 ? 0.1 : 0, fourWeeks), Width(day => day % 10 == 5 ? 0.1 : 0, aMonthAhead), 0.004);
    }

    [Fact]
    public void Segments_fail_on_the_same_days_ahead()
    {
        // Half of each failed on one day of the last ninety: where it happens again, it does to both.
        SegmentDay Failed(SegmentDay day, int at) => day with { FallbackCalls = at == 40 ? 1 : 0, Compared = at == 40 ? new ComparedCosts(day.CostNanos, day.CostNanos / 2, 0, 0, 0, 0, 0, 0) : default };
        var series = new[] { Segment("team_a", "batch", 1, 90), Segment("team_b", "interactive", 3, 90) }.Select(segment => segment with { Days = [.. segment.Days.Select(Failed)] }).ToArray();
        var forecast = Ahead(June, series);
        var (one, other) = (forecast.Teams[0].Layers[0].Premium!, forecast.Teams[1].Layers[0].Premium!);

        Assert.All(Enumerable.Range(0, one.Length), at => Assert.Equal(one[at] > 0, other[at] > 0));
    }

    [Fact]
    public void Evidence_says_the_shares_with_their_bands_and_what_is_not_known()
    {
        var teams = Layered(Now(Of(Compared)), "").Teams;
        var draws = LayerDraws.Of(June);
        var evidence = Evidence.Of(teams, draws);

        Assert.InRange(evidence.Premium.Middle, 0.045, 0.0501);
        Assert.InRange(evidence.Saving.Middle, 0.499, 0.501);
        Assert.Equal(0.25, evidence.CostOfBound, 6);
        Assert.Empty(Evidence.Notes(evidence, teams));
        var nothing = Layered(Now(Ahead(June)), "").Teams;
        Assert.Contains(Evidence.Notes(Evidence.Of(nothing, draws), nothing), note => note.Contains("nothing is expected", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 5, false)]
    [InlineData(5, 0, false)]
    [InlineData(0, 0, true)]
    public void A_model_that_is_for_free_is_no_price_that_nobody_knows(long cost, long elsewhere, bool isUnknown)
    {
        // What ran, or what would have run, cost nothing: that saved all there was to save, or was dearer by all of it.
        var teams = Layered(Now(Of(day => day with { FallbackCalls = 1, Compared = new ComparedCosts(cost, elsewhere, cost, elsewhere, 0, 0, 0, 0) })), "").Teams;
        var notes = Evidence.Notes(Evidence.Of(teams, LayerDraws.Of(June)), teams).ToArray();

        Assert.Equal(isUnknown, notes.Any(note => note.Contains("none says what its first choice would have cost", StringComparison.Ordinal)));
        Assert.Equal(isUnknown, notes.Any(note => note.Contains("the control layer has refusals only", StringComparison.Ordinal)));
    }
}
