using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>Scenarios and budgets whose scope is a share of segments: of callers, of providers and models, of plan items.</summary>
public sealed class ScenarioShareTests
{
    private const int Days = 40;
    private const long Dollar = 1_000_000_000;
    private const string Team = "team_a";

    private static readonly CurrentForecast Forecast = Now(Ahead(June, Segment(Team, "batch", 1, 120), Segment(Team, "chat", 2, 200), Segment("team_b", "chat", 3, 150)));

    private static readonly PlanRow Launch =
        new("launch", "launch", Team, "batch", "", "openai", "gpt-4o", June.Today.AddDays(5), 0, 1_000, 100, 0, PlanRow.Certain, 0, null, "", "", true, default, "");

    /// <summary>Seven tenths of every segment on the one model, the rest on the other.</summary>
    private static readonly WhatIfCase Case = WhatIfCase.Of(Forecast, ("openai", "gpt-4o", 0.7), ("openai", "gpt-4o-mini", 0.3));

    [Fact]
    public void Calls_of_a_key_are_touched_as_the_others_of_their_segments()
    {
        var scope = new BudgetScope { TeamId = Team, KeyId = "key_1" };
        var (before, after) = (Paths(scope, 0.25), Paths(scope, 0.25, "price provider=openai change=+100%"));

        Assert.All(before.Zip(after), day => Assert.InRange(day.Second - (2 * day.First), -2, 2));
        Assert.True(before.Sum(nanos => (double)nanos) > Dollar);
    }

    [Theory]
    [InlineData("gpt-4o", 1)]
    [InlineData("gpt-4o-mini", 2)]
    public void A_price_changes_the_budget_of_its_model_alone_to_the_nano(string model, int times)
    {
        var scope = new BudgetScope { TeamId = Team, Model = model };

        Assert.Equal(Paths(scope, 0.4).Select(nanos => nanos * times), Paths(scope, 0.4, "price model=gpt-4o-mini change=+100%"));
    }

    [Fact]
    public void What_leaves_a_model_comes_to_another_at_its_price()
    {
        // A token of the other costs a tenth.
        const string line = "route model=gpt-4o to=openai/gpt-4o-mini";
        var (from, to) = (new BudgetScope { TeamId = Team, Model = "gpt-4o" }, new BudgetScope { TeamId = Team, Model = "gpt-4o-mini" });
        double Sum(BudgetScope scope, double share, params string[] lines) => Paths(scope, share, lines).Sum(nanos => (double)nanos);

        Assert.Equal(0, Sum(from, 0.7, line));
        Assert.Equal(1 + (0.1 * 0.7 / 0.3), Sum(to, 0.3, line) / Sum(to, 0.3), 0.02);
        Assert.Equal(0.37, Sum(new BudgetScope { TeamId = Team, Provider = "openai" }, 1, line) / Sum(new BudgetScope { TeamId = Team, Provider = "openai" }, 1), 0.01);

        // Nothing was ever spent with the model that all goes to; whose calls they are is not known where the budget names a caller too.
        var large = new BudgetScope { TeamId = Team, Model = "large" };
        Assert.Equal(2 * 0.7, Sum(large, 0, "route model=gpt-4o to=mistral/large") / Sum(new BudgetScope { TeamId = Team, Provider = "openai" }, 1), 0.02);
        Assert.Equal(0, Sum(new BudgetScope(large) { KeyId = "key_1" }, 0, "route model=gpt-4o to=mistral/large"));
    }

    [Theory]
    [InlineData("", "key_1")]
    [InlineData("gpt-4o-mini", "")]
    public void What_begins_later_changes_no_day_before(string model, string key)
    {
        var scope = new BudgetScope { TeamId = Team, Model = model, KeyId = key };
        var (before, after) = (Paths(scope, 0.3), Paths(scope, 0.3, $"route model=gpt-4o to=openai/gpt-4o-mini starts={June.Today.AddDays(9):yyyy-MM-dd}"));

        Assert.All(Enumerable.Range(0, before.Length).Where(i => i % Days < 9), i => Assert.Equal(before[i], after[i]));
        Assert.Contains(Enumerable.Range(0, before.Length).Where(i => i % Days >= 9), i => before[i] != after[i]);
    }

    [Theory]
    [InlineData("", "", "key_1")]
    [InlineData("", "gpt-4o", "")]
    [InlineData(Team, "gpt-4o", "")]
    [InlineData("", "", "")]
    public void What_touches_nothing_changes_nothing_to_the_nano(string team, string model, string key)
    {
        var scope = new BudgetScope { TeamId = team, Workload = "chat", Model = model, KeyId = key };

        Assert.Equal(Paths(scope, 0.6), Paths(scope, 0.6, "price provider=mistral change=+50%"));
        Assert.Equal(Paths(scope, 0.6), Paths(scope, 0.6, "price provider=openai workload=batch change=+50%"));
    }

    [Theory]
    [InlineData("batch", "", "", 0)]
    [InlineData("chat", "", "", 1)]
    [InlineData("", "gpt-4o", "", 0)]
    [InlineData("", "", "key_1", 1)]
    public void A_plan_item_that_is_dropped_is_dropped_from_the_budgets_that_have_it(string workload, string model, string key, int isOutside)
    {
        var scope = new BudgetScope { TeamId = Team, Workload = workload, Model = model, KeyId = key };
        var planning = Case with { Plan = [Launch] };
        var (with, without) = (Paths(planning, scope, 0), Paths(planning, scope, 0, "plan id=launch drop=yes"));

        Assert.Equal(Paths(scope, 0), without);
        Assert.Equal(isOutside == 1, with.SequenceEqual(without));
    }

    [Fact]
    public void Work_of_the_plan_that_moves_to_another_model_moves_to_its_budget()
    {
        var planning = Case with { Plan = [Launch] };
        double Planned(string model, params string[] lines) =>
            Paths(planning, new BudgetScope { TeamId = Team, Model = model }, 0, lines).Sum(nanos => (double)nanos) - Paths(Case, new BudgetScope { TeamId = Team, Model = model }, 0, lines).Sum(nanos => (double)nanos);

        Assert.True(Planned("gpt-4o") > 0);
        Assert.Equal(0, Planned("gpt-4o", "route workload=batch model=gpt-4o to=openai/gpt-4o-mini"));
        Assert.Equal(0.1, Planned("gpt-4o-mini", "route workload=batch model=gpt-4o to=openai/gpt-4o-mini") / Planned("gpt-4o"), 0.001);
    }

    [Fact]
    public void A_budget_of_a_share_has_a_chance_and_dates_with_a_scenario_and_says_what_they_rest_on()
    {
        var scope = new BudgetScope { TeamId = Team, UserId = "ada" };
        var spent = new DailyTotals(Days).Of(Paths(scope, 0.25)).Sorted(0, 21);
        var budget = new BudgetView
        {
            BudgetId = "ada", Name = "ada", Scope = scope, Period = BudgetPeriod.Month, AmountNanos = spent[^10], SpentNanos = 0, PeriodTo = Usage.Utc("2026-07-01T00:00:00").ToTimestampUtc(),
        };
        var answer = (Case with { Budgets = [budget], Shares = new Dictionary<string, ScopeShare> { ["ada"] = Share(scope, 0.25) } }).Answer("price provider=openai change=+100%");
        var (forecast, scenario) = (answer.Budgets.Single().Forecast, answer.Budgets.Single().Scenario);

        Assert.Equal(0.01, forecast.Crossing, 0.0001); // Ten of a thousand come to as much.
        Assert.True(scenario.Crossing > 0.95);
        Assert.True(scenario.Early <= scenario.Expected);
        Assert.Contains("as it touches the others of their segments", scenario.Note, StringComparison.Ordinal);
        Assert.DoesNotContain("touches", forecast.Note, StringComparison.Ordinal);
    }

    private static long[] Paths(BudgetScope scope, double share, params string[] lines) => Paths(Case, scope, share, lines);

    /// <param name="share">Of what its segments spend, always; 0: nothing was.</param>
    private static long[] Paths(WhatIfCase of, BudgetScope scope, double share, params string[] lines)
    {
        var draw = scope.NeedsShare() && share > 0 ? Share(scope, share).Draw(Days, "b") : null;
        var layered = new LayeredForecasts(Forecast, "", of.Items);
        return ScopePaths.Of(scope, layered, Forecast, Days, draw, lines.Length == 0 ? null : of.Make(lines).Spend);
    }

    private static ScopeShare Share(BudgetScope scope, double share)
    {
        SegmentSeries[] taken = [.. Forecast.Teams.SelectMany(team => team.Segments).Where(segment => scope.Takes(segment.Key)).Select(segment => segment.Forecast.Series)];
        var whole = SegmentSeries.Add(default, taken);
        return ScopeShare.Of(taken, Enumerable.Range(0, whole.Days.Count).ToDictionary(whole.FirstDay.AddDays, day => (long)(whole.Days[day].CostNanos * share)));
    }
}
