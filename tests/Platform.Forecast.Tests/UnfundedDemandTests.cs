using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>A team whose wallet is empty spends nothing, and needs something all the same.</summary>
public sealed class UnfundedDemandTests
{
    private const int DryDays = 14;

    // Ten dollars a day until the wallet was empty; since then as much is refused, which is asked for at four times as much, as calls cost a quarter of their bounds.
    private static readonly CurrentForecast Forecast = Now(Ahead(June, Dry("team_dry", DryDays), Segment("team_fine", "interactive", 2, 200)));

    private static readonly LayeredForecasts Layers = Layered(Forecast, "");

    [Fact]
    public void What_is_refused_is_expected_as_it_was_and_not_as_spend_that_ends()
    {
        // Fourteen of the last 28 days, the later ones counting more: of the weights of 0.9 to the power of the days back 0.814 are on them.
        var weight = (1 - Math.Pow(0.9, DryDays)) / (1 - Math.Pow(0.9, SegmentLayers.ControlDays));
        var refused = UnfundedDemand.Expected(Refused("team_dry")) / 1e9;

        Assert.InRange(refused, 0.95 * 310 * weight, 1.05 * 310 * weight);
        Assert.Equal(0, UnfundedDemand.Expected(Refused("team_fine")));
    }

    // Ten dollars a day were refused since the first of them: of days before it nobody knows anything, where the team was not there. Fewer than a week are a week: of its weights of 0.9 to the
    // power of the days back 0.192 are on one day, and 0.519 on three.
    [Theory]
    [InlineData(1, 0, 59.4)]
    [InlineData(3, 0, 161)]
    [InlineData(7, 0, 310)]
    [InlineData(20, 0, 310)]
    [InlineData(3, 200, 89)] // A workload that began three days ago in a team that was: 0.286 of the weights are on those.
    public void Days_before_a_team_was_there_are_none_without_refusals(int days, int others, double dollars)
    {
        var refused = new SegmentSeries(new SegmentKey("team_new", "batch", ""), June.Today.AddDays(-days), [.. Enumerable.Repeat(new SegmentDay(0, 0, 0, 0, 0, DeniedCalls: 1, DeniedNanos: 10_000_000_000, UnfundedNanos: 10_000_000_000), days)]);
        SegmentSeries[] all = [refused, .. others > 0 ? [Segment("team_new", "interactive", 2, others)] : Array.Empty<SegmentSeries>()];
        var current = Now(Ahead(June, all));
        var span = PeriodSpan.Of(PeriodKind.NextMonth, June);

        Assert.InRange(UnfundedDemand.Expected(UnfundedDemand.Of(current.Teams, span, current)) / 1e9, 0.95 * dollars, 1.05 * dollars);
        Assert.InRange(-Layered(current, "team_new").Of(span).Control.Expected / 1e9, 0.95 * dollars, 1.05 * dollars);
    }

    [Fact]
    public void An_allocation_says_what_is_refused_and_counts_it_by_choice()
    {
        var without = Plan(false);
        var dry = without.Teams.Single(team => team.TeamId == "team_dry");

        // Far from the 310 dollars of a month before.
        Assert.InRange(dry.NeededNanos, 0, 100_000_000_000);
        Assert.InRange(dry.RefusedNanos, 200_000_000_000, 300_000_000_000);
        Assert.Contains("of calls that are refused for want of money, if it goes on as in the last four weeks, or since the team's first day.", dry.Reason, StringComparison.Ordinal);
        Assert.Equal(dry.RefusedNanos, without.RefusedNanos);
        Assert.DoesNotContain("refused", without.Teams.Single(team => team.TeamId == "team_fine").Reason, StringComparison.Ordinal);

        var with = Plan(true);
        var counted = with.Teams.Single(team => team.TeamId == "team_dry");
        Assert.InRange(counted.NeededNanos, dry.RefusedNanos, dry.NeededNanos + (long)(1.5 * dry.RefusedNanos));
        Assert.Contains("is expected of calls that are refused", counted.Reason, StringComparison.Ordinal);
        Assert.Equal(without.Teams.Single(team => team.TeamId == "team_fine").NeededNanos, with.Teams.Single(team => team.TeamId == "team_fine").NeededNanos);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_is_told_to_the_last_digit_below_one_unit_as_the_need_beside_it_is(bool isCounted)
    {
        Assert.Contains($"{new Money(1_234_567)} of ", UnfundedDemand.Sentence(1_234_567, isCounted, "USD"), StringComparison.Ordinal);
        Assert.Contains("1.23 of ", UnfundedDemand.Sentence(1_234_567_890, isCounted, "USD"), StringComparison.Ordinal);
    }

    [Fact]
    public void Funds_tell_it_beside_what_is_needed_for_the_rest_of_the_month_and_the_next()
    {
        var totals = new DailyTotals(June.Days).Of(Layers, Forecast, "team_dry");
        var funds = FundsOutlooks.WithRefused(FundsOutlooks.Of("team_dry", new(0), totals, Forecast, 0.9), Layers.Teams, Forecast);

        // Half of the tenth and twenty days, and the 31 of July.
        Assert.Equal(20.5 / 31, funds.RefusedThisMonthNanos / (double)funds.RefusedNextMonthNanos, 0.03);
        Assert.Equal(funds.RefusedNextMonthNanos, UnfundedDemand.Expected(Refused("team_dry")));
        var all = FundsOutlooks.WithRefused(new FundsOutlook(), Layers.Teams, Forecast);
        Assert.Equal(funds.RefusedNextMonthNanos, all.RefusedNextMonthNanos);
    }

    private static long[] Refused(string team) =>
        UnfundedDemand.Of(Layers.Teams.Where(other => other.TeamId == team), PeriodSpan.Of(PeriodKind.NextMonth, June), Forecast);

    private static AllocationPlan Plan(bool countsRefused)
    {
        var totals = new DailyTotals(June.Days);
        var demand = Layers.Teams.Select(team => (team.TeamId, totals.Of(Layers, Forecast, team.TeamId).Sorted(21, 52, countsRefused ? Refused(team.TeamId) : null))).ToArray();
        var refused = Layers.Teams.ToDictionary(team => team.TeamId, team => UnfundedDemand.Expected(Refused(team.TeamId)));
        return AllocationPlans.Of(demand, 10_000_000_000_000, 0.9, "USD", refused, countsRefused);
    }

    private static SegmentSeries Dry(string team, int days) => new(
        new SegmentKey(team, "batch", ""), June.Today.AddDays(-90),
        [
            .. Enumerable.Repeat(Day(10) with { Compared = new ComparedCosts(0, 0, 0, 0, 0, 0, 10_000_000_000, 40_000_000_000) }, 90 - days),
            .. Enumerable.Repeat(new SegmentDay(0, 0, 0, 0, 0, DeniedCalls: 1_000, DeniedNanos: 40_000_000_000, UnfundedNanos: 40_000_000_000), days),
        ]);
}
