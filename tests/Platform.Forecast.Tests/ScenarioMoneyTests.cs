using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

public sealed class ScenarioMoneyTests
{
    private const long Dollar = 1_000_000_000;

    // Two dollars a day in each of two teams, always.
    private static readonly CurrentForecast Steady = Now(Ahead(June, [.. new[] { "team_a", "team_b" }.Select(team =>
        new SegmentSeries(new SegmentKey(team, "batch", "realtime"), June.Today.AddDays(-100), [.. Enumerable.Repeat(Day(2), 100)]))]));

    private static readonly WhatIfCase Case = WhatIfCase.Of(Steady, ("openai", "gpt-4o", 1.0)) with
    {
        Funds = new Dictionary<string, long> { [""] = 1000 * Dollar, ["team_a"] = 33 * Dollar, ["team_b"] = 500 * Dollar },
        Budgets =
        [
            Budget("all", 95, new BudgetScope()), Budget("a", 60, new BudgetScope { TeamId = "team_a" }), Budget("realtime", 43, new BudgetScope { TeamId = "team_a", Lane = "realtime" }),
            Budget("scheduled", 9, new BudgetScope { TeamId = "team_a", Lane = "scheduled" }), Budget("model", 9, new BudgetScope { TeamId = "team_b", Model = "gpt-4o" }),
        ],
    };

    [Fact]
    public void More_money_lasts_longer_and_refuses_less_and_comes_from_the_organisation()
    {
        var answer = Case.Answer("wallet team=team_a amount=+20");
        var funds = Assert.Single(answer.Funds);

        Assert.Equal((33 * Dollar, 53 * Dollar), (funds.Forecast.Outlook.AvailableNanos, funds.Scenario.Outlook.AvailableNanos));
        Assert.True(funds.Scenario.Outlook.Expected > funds.Forecast.Outlook.Expected);
        Assert.Equal((1, 1), (funds.Forecast.Outlook.ExhaustedNextMonth, funds.Scenario.Outlook.ExhaustedNextMonth));

        // Every future wants all of it: twenty dollars more are twenty dollars less refused.
        Assert.Equal(funds.Forecast.RefusedToNextMonth.ExpectedNanos - 20 * Dollar, funds.Scenario.RefusedToNextMonth.ExpectedNanos);
        Assert.Empty(answer.Budgets);
        Assert.Empty(answer.Teams);
        Assert.All(answer.Periods.SelectMany(period => period.Differences), layer => Assert.Equal((0, 0), (layer.ExpectedNanos, layer.P90Nanos)));
    }

    [Theory]
    [InlineData("amount=70", 70)]
    [InlineData("amount=-5.5", 27.5)]
    [InlineData("amount=-33", 0)]
    [InlineData("amount=+100%", 66)]
    public void An_amount_is_said_or_added_or_taken(string amount, double dollars) =>
        Assert.Equal((long)(dollars * Dollar), Assert.Single(Case.Answer($"wallet team=team_a {amount}").Funds).Scenario.Outlook.AvailableNanos);

    [Theory]
    [InlineData("wallet team=team_a amount=-33.01", "the wallets of team team_a have 33.00 USD available, of which no more can be taken")]
    [InlineData("wallet amount=-1000000", "all wallets together have")]
    [InlineData("budget budget=a amount=-60.5", "budget a is 60.00 USD, of which no more can be taken")]
    public void More_than_there_is_cannot_be_taken(string line, string problem) =>
        Assert.StartsWith($"'{line}': {problem}", Assert.Single(Case.Problems(line)), StringComparison.Ordinal);

    [Fact]
    public void What_is_taken_counts_what_was_put_in_or_taken_before()
    {
        Assert.Empty(Case.Problems("wallet team=team_a amount=+20", "wallet team=team_a amount=-53"));
        Assert.Contains("have 3.00 USD available", Assert.Single(Case.Problems("wallet team=team_a amount=-30", "wallet team=team_a amount=-4")), StringComparison.Ordinal);
    }

    [Fact]
    public void Caps_are_reached_by_what_spend_becomes_and_a_hard_budgets_is_what_the_budget_becomes()
    {
        // Two dollars a day are 41 for the rest of June, and 82 of both teams.
        var capped = Case with { Caps = [Cap("cap_all", "", 100), Cap("cap_a", "team_a", 60), Cap("cap_hard", "team_b", 60, "budget model"), Cap("cap_low", "team_a", 10)] };

        var dearer = capped.Answer("price provider=openai change=+100%").Caps;
        Assert.Equal(["cap_all", "cap_low", "cap_a", "cap_hard"], dearer.Select(cap => cap.Scenario.CapId));
        Assert.All(dearer, cap => Assert.Equal((cap.Scenario.CapId, cap.Scenario.AmountNanos), (cap.Forecast.CapId, cap.Forecast.AmountNanos)));
        Assert.All(dearer, cap => Assert.True(cap.Scenario.Reached > 0.95 && cap.Forecast.Reached < 0.05 == (cap.Scenario.CapId != "cap_low"), cap.ToString()));
        Assert.All(dearer, cap => Assert.Equal(2, cap.Scenario.NeededNanos / (double)cap.Forecast.NeededNanos, 0.05));
        Assert.True(dearer[1].Scenario.Expected < dearer[1].Forecast.Expected);

        // Nothing else differs than the budget, and with it its cap.
        var lower = Assert.Single(capped.Answer("budget budget=model amount=5").Caps);
        Assert.Equal(("cap_hard", 5 * Dollar, 60 * Dollar), (lower.Scenario.CapId, lower.Scenario.AmountNanos, lower.Forecast.AmountNanos));
        Assert.True(lower.Scenario.Reached > 0.95 && lower.Forecast.Reached < 0.05);
        Assert.Equal(lower.Forecast.NeededNanos, lower.Scenario.NeededNanos);
        Assert.Empty(capped.Answer("wallet team=team_a amount=+20").Caps);
    }

    [Fact]
    public void What_spend_becomes_is_seen_in_all_money_that_pays_for_it()
    {
        var answer = Case.Answer("price provider=openai change=+100%");

        Assert.Equal(["", "team_a", "team_b"], answer.Funds.Select(funds => funds.Scenario.Outlook.TeamId));
        Assert.All(answer.Funds, funds => Assert.Equal(2, (funds.Scenario.RefusedToNextMonth.ExpectedNanos + funds.Scenario.Outlook.AvailableNanos)
            / (double)Math.Max(1, funds.Forecast.RefusedToNextMonth.ExpectedNanos + funds.Forecast.Outlook.AvailableNanos), funds.Forecast.RefusedToNextMonth.ExpectedNanos > 0 ? 0.01 : 5));
        Assert.Equal(["all", "a", "realtime", "scheduled", "model"], answer.Budgets.Select(budget => budget.Scenario.BudgetId));
        var (all, team) = (answer.Budgets[0], answer.Budgets[1]);
        Assert.True(all.Scenario.Crossing > all.Forecast.Crossing || all.Forecast.Crossing == 1);
        Assert.True(team.Forecast.Crossing < 0.05 && team.Scenario.Crossing > 0.95);
        Assert.False(answer.Budgets[4].Scenario.HasCrossing);
    }

    [Fact]
    public void A_budget_of_another_amount_is_crossed_at_another_time()
    {
        var budget = Assert.Single(Case.Answer("budget budget=a amount=20").Budgets);

        Assert.Equal((60 * Dollar, 20 * Dollar), (budget.Forecast.AmountNanos, budget.Scenario.AmountNanos));
        Assert.True(budget.Forecast.Crossing < 0.05 && budget.Scenario.Crossing > 0.95);
        Assert.NotNull(budget.Scenario.Expected);
    }

    [Fact]
    public void A_budget_of_a_lane_sees_work_leave_it_and_come()
    {
        var budgets = Case.Answer("lane team=team_a to=scheduled").Budgets.ToDictionary(budget => budget.Scenario.BudgetId);

        Assert.True(budgets["realtime"].Scenario.Crossing < 0.05);
        Assert.True(budgets["scheduled"].Forecast.Crossing == 0 && budgets["scheduled"].Scenario.Crossing > 0.95);
    }

    [Fact]
    public void A_limit_that_is_said_twice_is_one_in_budgets_too()
    {
        // Two calls a minute: above two in a minute is a quarter of them, and of what that leaves a quarter would be too much.
        var limited = Case with
        {
            Loads = [.. Enumerable.Range(0, LimitEffect.Days * 96).Select(quarter => new QuarterLoad(quarter / 96, 30, 30_000, 4 * Dollar / 96))],
            Budgets = [Budget("a", 25, new BudgetScope { TeamId = "team_a" }), Budget("realtime", 25, new BudgetScope { TeamId = "team_a", Lane = "realtime" })],
        };
        var (once, twice) = (limited.Answer("limit requests=2"), limited.Answer("limit requests=2", "limit requests=2"));

        Assert.All(once.Budgets, budget => Assert.Equal(1, budget.Scenario.Crossing));
        Assert.Equal(once.Budgets, twice.Budgets);
    }

    private static Cap Cap(string id, string team, long dollars, string source = "") => new()
    {
        CapId = id, Scope = team.Length > 0 ? CapScope.Team : CapScope.Organisation, ScopeId = team, Period = CapPeriod.Month, TimeZone = "UTC", AmountNanos = dollars * Dollar, Source = source,
        PeriodFrom = June.Calendar.StartOf(new DateOnly(2026, 6, 1)).ToTimestampUtc(), PeriodTo = June.Calendar.StartOf(new DateOnly(2026, 7, 1)).ToTimestampUtc(),
    };

    private static BudgetView Budget(string id, long dollars, BudgetScope scope) => new()
    {
        BudgetId = id, Name = id, Scope = scope, Period = BudgetPeriod.Month, AmountNanos = dollars * Dollar, SpentNanos = 0,
        PeriodTo = Usage.Utc("2026-07-01T00:00:00").ToTimestampUtc(),
    };
}
