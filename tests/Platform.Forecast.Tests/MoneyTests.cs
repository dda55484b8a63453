using CsCheck;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

public sealed class MoneyTests
{
    // Two dollars a day in each of two teams, always.
    private static readonly CurrentForecast Steady = Now(Ahead(June, [.. new[] { "team_a", "team_b" }.Select(team =>
        new SegmentSeries(new SegmentKey(team, "batch", ""), June.Today.AddDays(-100), [.. Enumerable.Repeat(Day(2), 100)]))]));

    private static readonly LayeredForecasts Layers = Layered(Steady, "");

    private static DailyTotals Totals(string team) => new DailyTotals(June.Days).Of(Layers, Steady, team);

    [Fact]
    public void Money_runs_out_when_arithmetic_says_and_what_covers_a_month_is_its_spend()
    {
        // Half of today and twenty days: 41 dollars of one team last into the last day of June.
        var funds = FundsOutlooks.Of("team_a", new(33_000_000_000), Totals("team_a"), Steady, 0.9);

        Assert.InRange(funds.ExhaustedThisMonth, 0.9, 1);
        Assert.Equal(1, funds.ExhaustedNextMonth);
        Assert.InRange(funds.Expected.ToDateTimeOffset(), Usage.Utc("2026-06-25T00:00:00"), Usage.Utc("2026-06-29T00:00:00"));
        Assert.True(funds.Early <= funds.Expected);
        Assert.InRange(funds.NeededThisMonthNanos, 40_000_000_000, 46_000_000_000);
        Assert.Equal(funds.NeededThisMonthNanos - 33_000_000_000, funds.MissingNanos);
        Assert.InRange(FundsOutlooks.Of("", new(1), Totals(""), Steady, 0.5).NeededNextMonthNanos, 115_000_000_000, 133_000_000_000);
        Assert.Null(FundsOutlooks.Of("team_a", new(long.MaxValue), Totals("team_a"), Steady, 0.9).Early);
    }

    [Theory]
    [InlineData("team_a", "", 40, 5, 0.95, 1.0)]
    [InlineData("team_a", "", 70, 5, 0.0, 0.05)]
    [InlineData("", "", 70, 5, 0.95, 1.0)]
    [InlineData("team_a", "batch", 40, 5, 0.95, 1.0)]
    [InlineData("team_a", "other", 6, 5, 0.0, 0.0)]
    [InlineData("team_a", "", 40, 41, 1.0, 1.0)]
    public void A_budget_is_crossed_in_as_many_futures_as_spend_more(string team, string workload, long amount, long spent, double least, double most)
    {
        var budget = Budget(amount, spent, new BudgetScope { TeamId = team, Workload = workload });

        Assert.InRange(BudgetOutlooks.Of(budget, Layers, Steady, Totals(team)).Crossing, least, most);
    }

    // It is noon of the tenth: a dollar is left of today, and two come tomorrow. Los Angeles' day ends at 07:00 (UTC), when 7/24 of them have come.
    [Theory]
    [InlineData("2026-06-11T07:00:00", 1.4, true)]
    [InlineData("2026-06-11T07:00:00", 1.8, false)]
    [InlineData("2026-06-10T18:00:00", 0.4, true)]
    [InlineData("2026-06-10T18:00:00", 0.6, false)]
    [InlineData("2026-06-10T11:00:00", 0.0, false)]
    public void Of_the_day_in_which_a_period_ends_only_what_is_before_its_end_counts(string ends, double dollars, bool isCrossed)
    {
        foreach (var scope in new[] { new BudgetScope { TeamId = "team_a" }, new BudgetScope { TeamId = "team_a", Workload = "batch" } })
        {
            var budget = Budget(0, 0, scope);
            (budget.AmountNanos, budget.PeriodTo) = ((long)(dollars * 1e9), Usage.Utc(ends).ToTimestampUtc());
            var outlook = BudgetOutlooks.Of(budget, Layers, Steady, Totals("team_a"));

            Assert.InRange(outlook.Crossing, isCrossed ? 0.9 : 0, isCrossed ? 1 : 0.1);
            Assert.Equal(isCrossed, outlook.Expected is not null);
            Assert.True(outlook.Expected is null || outlook.Expected.ToDateTimeOffset() < Usage.Utc(ends));
        }
    }

    [Fact]
    public void A_budget_whose_past_is_not_known_yet_says_so()
    {
        var outlook = BudgetOutlooks.Of(Budget(5, 1, new BudgetScope { UserId = "ada" }), Layers, Steady, Totals(""));

        Assert.False(outlook.HasCrossing);
        Assert.Contains("still being counted", outlook.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_total_is_given_out_to_the_nano_and_covers_all_teams_alike()
    {
        var teams = Gen.Select(Gen.Long[1, 1_000_000_000_000].Array[JointPaths.Paths], Gen.Long[1, 1_000_000_000_000].Array[JointPaths.Paths]);
        Gen.Select(teams, Gen.Double[0.01, 2], Gen.Double[0.5, 0.99]).Sample(
            (demand, share, confidence) =>
            {
                Array.Sort(demand.Item1);
                Array.Sort(demand.Item2);
                var needed = PathTotals.Quantile(demand.Item1, confidence) + PathTotals.Quantile(demand.Item2, confidence);
                var total = Math.Max(1, (long)(needed * share));
                var plan = AllocationPlans.Of([("a", demand.Item1), ("b", demand.Item2)], total, confidence, "USD");

                Assert.Equal(total, plan.AllocatedNanos + plan.ReserveNanos);
                Assert.Equal(plan.NeededNanos, plan.AllocatedNanos + plan.UnfundedNanos);
                Assert.Equal(plan.AllocatedNanos, plan.Teams.Sum(team => team.AllocatedNanos));
                Assert.All(plan.Teams, team => Assert.True(team.AllocatedNanos >= 0 && team.UnfundedNanos >= 0));
                Assert.True(share >= 1 ? plan.UnfundedNanos == 0 : plan.ReserveNanos == 0);
                Assert.InRange(Math.Abs(plan.Teams[0].Covered - plan.Teams[1].Covered), 0, 0.01);
            },
            iter: 50, threads: 1);
    }

    [Theory]
    [InlineData(300, "Half of its futures spend 100.00 or less, 90 % of them 100.00 or less, which the total has room for.")]
    [InlineData(200, "Half of its futures spend 100.00 or less, 90 % of them 100.00 or less; the total is less than even the cheapest futures of all teams, and each gets the same part of its own, here of 100.00: 20.00 short of what is needed.")]
    public void Each_team_is_told_why_it_gets_so_much(long dollars, string reason)
    {
        long[] Always(long amount) => [.. Enumerable.Repeat(amount * 1_000_000_000, JointPaths.Paths)];
        var plan = AllocationPlans.Of([("a", Always(100)), ("b", Always(150)), ("idle", Always(0))], dollars * 1_000_000_000, 0.9, "USD");

        Assert.Equal((reason, "Nothing is forecast of it: it spent nothing of late, and nothing is planned."), (plan.Teams[0].Reason, plan.Teams[2].Reason));
    }

    /// <summary>What comes in less than the asked share of futures needs nothing, and is forecast all the same.</summary>
    [Fact]
    public void A_launch_that_hardly_comes_is_not_said_to_be_unplanned()
    {
        long[] demand = [.. Enumerable.Range(0, JointPaths.Paths).Select(path => path < JointPaths.Paths * 3 / 4 ? 0 : 100_000_000_000L)];
        var team = AllocationPlans.Of([("a", demand)], 1_000_000_000, 0.7, "USD").Teams[0];

        Assert.Equal((0, "Half of its futures spend 0.00 or less, 70 % of them 0.00 or less, which the total has room for."), (team.NeededNanos, team.Reason));
    }

    [Fact]
    public void Amounts_below_a_cent_are_told_to_the_last_digit_where_they_are_compared()
    {
        long[] demand = [.. Enumerable.Range(0, JointPaths.Paths).Select(path => path < JointPaths.Paths * 3 / 4 ? 2_000_000L : 4_000_000L)];
        var reason = AllocationPlans.Of([("a", demand)], 3_000_000, 0.9, "USD").Teams[0].Reason;

        Assert.StartsWith("Half of its futures spend 0.002 or less, 90 % of them 0.004 or less; ", reason, StringComparison.Ordinal);
        Assert.EndsWith(": 0.001 short of what is needed.", reason, StringComparison.Ordinal);
    }

    private static BudgetView Budget(long dollars, long spent, BudgetScope scope) => new()
    {
        BudgetId = "b", Name = "b", Scope = scope, Period = BudgetPeriod.Month, AmountNanos = dollars * 1_000_000_000, SpentNanos = spent * 1_000_000_000,
        PeriodTo = Usage.Utc("2026-07-01T00:00:00").ToTimestampUtc(),
    };
}
