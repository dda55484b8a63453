using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

/// <summary>Budgets as people make, change, list and end them.</summary>
public sealed class BudgetTests : IAsyncLifetime
{
    private BudgetTime _budgets = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _budgets = await BudgetTime.BeginAsync();

    public ValueTask DisposeAsync() => _budgets.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task New_budget_has_the_usual_thresholds_and_says_what_was_left_out()
    {
        var all = await _budgets.SetAsync("all", 500);
        Assert.Equal(("all", "UTC", 1, CapState.None, false, false), (all.Name, all.TimeZone, all.Version, all.CapState, all.HardLimit, all.RateAlerts));
        Assert.Equal([50, 80, 100], all.ActualPercents);
        Assert.Equal([100], all.ForecastPercents);
        Assert.StartsWith("No forecast of this scope has been published yet;", all.ForecastNote, StringComparison.Ordinal);

        var model = await _budgets.SetAsync("model", 500, request => request.Scope = new BudgetScope { Model = "gpt-4o" });
        Assert.Empty(model.ForecastPercents);
        Assert.StartsWith("No forecast of this scope has been published yet;", model.ForecastNote, StringComparison.Ordinal);
        Assert.False(model.HasProjectedNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Change_leaves_what_it_does_not_name()
    {
        await _budgets.SetAsync("all", 500, request =>
        {
            request.Name = "Everything";
            request.TimeZone = "Europe/Berlin";
            request.ActualPercents = new BudgetPercents { Percents = { 90, 10 } };
            request.RateAlerts = true;
        });
        var changed = await _budgets.SetAsync("all", with: request => (request.Period, request.ForecastPercents) = (BudgetPeriod.Unspecified, new BudgetPercents()));
        Assert.Equal(("Everything", "Europe/Berlin", 500 * BudgetTime.Cent, true), (changed.Name, changed.TimeZone, changed.AmountNanos, changed.RateAlerts));
        Assert.Equal([10, 90], changed.ActualPercents);
        Assert.Empty(changed.ForecastPercents);
        Assert.Equal(2, changed.Version);

        // Nothing new: nothing in the history, and no event.
        Assert.Equal(2, (await _budgets.SetAsync("all", 500)).Version);
        Assert.Equal([BudgetAction.Set, BudgetAction.Set], (await _budgets.HistoryAsync("all")).Changes.Select(change => change.Action));
        Assert.Equal(2, (await _budgets.OwedAsync<BudgetChanged>()).Count);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("budget_id", Reasons.InvalidArgument)]
    [InlineData("amount", Reasons.AmountInvalid)]
    [InlineData("no amount", Reasons.InvalidArgument)]
    [InlineData("no period", Reasons.InvalidArgument)]
    [InlineData("currency", Reasons.CurrencyMismatch)]
    [InlineData("team", Reasons.TeamNotFound)]
    [InlineData("zone", Reasons.InvalidArgument)]
    [InlineData("percent", Reasons.InvalidArgument)]
    [InlineData("percent twice", Reasons.InvalidArgument)]
    [InlineData("many percents", Reasons.InvalidArgument)]
    [InlineData("half a tag", Reasons.InvalidArgument)]
    [InlineData("hard for a model", Reasons.InvalidArgument)]
    [InlineData("hard for a team's model", Reasons.InvalidArgument)]
    [InlineData("U+0000", Reasons.InvalidArgument)]
    [InlineData("no key", Reasons.InvalidArgument)]
    public async Task Bad_request_is_refused_with_its_reason_and_makes_nothing(string wrong, string reason)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => _budgets.SetAsync("all", 500, request => _ = wrong switch
        {
            "budget_id" => request.BudgetId = "No spaces",
            "amount" => request.AmountNanos = 0,
            "no amount" => Clear(request.ClearAmountNanos),
            "no period" => request.Period = BudgetPeriod.Unspecified,
            "currency" => request.Currency = "EUR",
            "team" => request.Scope = new BudgetScope { TeamId = "team_nobody" },
            "zone" => request.TimeZone = "Mars/Olympus",
            "percent" => request.ActualPercents = new BudgetPercents { Percents = { 0 } },
            "percent twice" => request.ForecastPercents = new BudgetPercents { Percents = { 50, 50 } },
            "many percents" => request.ActualPercents = new BudgetPercents { Percents = { Enumerable.Range(1, 11) } },
            "half a tag" => request.Scope = new BudgetScope { TagKey = "project" },
            "hard for a model" => Hard(request, new BudgetScope { Model = "gpt-4o" }),
            "hard for a team's model" => Hard(request, new BudgetScope { TeamId = "team_support", Model = "gpt-4o" }),
            "U+0000" => request.Name = "a\0b",
            _ => (object)(request.IdempotencyKey = ""),
        }));
        Assert.Equal(reason, RpcErrors.ReasonOf(error));
        Assert.Empty((await _budgets.Metering.Get<ListBudgets>().RunAsync(new ListBudgetsRequest { IncludeRemoved = true }, Cancel)).Budgets);

        static object Clear(Action clear)
        {
            clear();
            return "";
        }

        static object Hard(SetBudgetRequest request, BudgetScope scope) => (request.Scope, request.HardLimit) = (scope, true);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("scope")]
    [InlineData("period")]
    [InlineData("zone")]
    public async Task Scope_period_and_zone_never_change_whether_it_is_removed_or_not(string what)
    {
        await _budgets.SetAsync("all", 500);
        for (var removed = 0; removed < 2; removed++)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => _budgets.SetAsync("all", 500, request => _ = what switch
            {
                "scope" => request.Scope = new BudgetScope { TeamId = "team_support" },
                "period" => request.Period = BudgetPeriod.Day,
                _ => (object)(request.TimeZone = "Europe/Berlin"),
            }));
            Assert.Equal(Reasons.BudgetExists, RpcErrors.ReasonOf(error));
            await RemoveAsync("all");
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Repeat_of_a_request_answers_the_same_and_another_one_under_its_key_is_refused()
    {
        var first = await _budgets.SetAsync("all", 500, request => request.IdempotencyKey = "once");
        await _budgets.SetAsync("all", 600);
        Assert.Equal(first, await _budgets.SetAsync("all", 500, request => request.IdempotencyKey = "once"));
        Assert.Equal(600 * BudgetTime.Cent, (await _budgets.GetAsync("all")).AmountNanos);
        var error = await Assert.ThrowsAsync<RpcException>(() => _budgets.SetAsync("all", 700, request => request.IdempotencyKey = "once"));
        Assert.Equal(Reasons.IdempotencyConflict, RpcErrors.ReasonOf(error));
    }

    [Fact(Timeout = 300_000)]
    public async Task One_of_many_who_make_the_same_budget_makes_it_and_the_others_change_it()
    {
        var views = await Task.WhenAll(Enumerable.Range(1, 8).Select(amount => _budgets.SetAsync("all", amount)));
        Assert.Equal(Enumerable.Range(1, 8), views.Select(view => view.Version).Order());
        var last = views.Single(view => view.Version == 8);
        Assert.Equal(last.AmountNanos, (await _budgets.GetAsync("all")).AmountNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Acknowledging_closes_what_is_open_and_the_history_says_who_did()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.SpendAsync(90);
        await _budgets.LookAsync();
        var acknowledged = await _budgets.Metering.Get<AcknowledgeBudget>().RunAsync(
            new AcknowledgeBudgetRequest { BudgetId = "all", Note = "known", IdempotencyKey = "seen" }, "key_ada", Cancel);
        Assert.Equal((0, BudgetStatus.Warning), (acknowledged.Open, acknowledged.Status));

        await _budgets.SpendAsync(10);
        await _budgets.LookAsync();
        Assert.Equal(1, (await _budgets.GetAsync("all")).Open);
        var history = await _budgets.HistoryAsync("all");
        Assert.Equal([(100, ""), (80, "key_ada known"), (50, "key_ada known")], history.Crossings.OrderByDescending(crossing => crossing.Percent)
            .Select(crossing => (crossing.Percent, $"{crossing.AcknowledgedBy} {crossing.Note}".Trim())));
        Assert.Equal([BudgetAction.Acknowledged, BudgetAction.Set], history.Changes.Select(change => change.Action));
        Assert.False(history.HasOlder);

        // What is cut is said, of whichever kind it is.
        Assert.False((await _budgets.HistoryAsync("all", limit: 3)).HasOlder);
        var cut = await _budgets.HistoryAsync("all", limit: 2);
        Assert.Equal((2, 2, true), (cut.Crossings.Count, cut.Changes.Count, cut.HasOlder));
    }

    [Fact(Timeout = 300_000)]
    public async Task Budgets_of_a_team_that_does_not_exist_are_refused_and_those_of_one_without_any_are_an_empty_list()
    {
        Assert.Equal(Reasons.TeamNotFound, await RefusalAsync("team_typo"));
        Assert.Equal(Reasons.InvalidArgument, await RefusalAsync("team\0typo"));
        Assert.Empty((await ListAsync("team_search")).Budgets);

        Task<ListBudgetsResponse> ListAsync(string team) => _budgets.Metering.Get<ListBudgets>().RunAsync(new ListBudgetsRequest { TeamId = team }, Cancel);
        async Task<string?> RefusalAsync(string team) => RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => ListAsync(team)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Removed_budget_is_listed_only_when_asked_for_and_keeps_its_history()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.SetAsync("support", 100, request => request.Scope = new BudgetScope { TeamId = "team_support" });
        Assert.Equal(BudgetStatus.Removed, (await RemoveAsync("all")).Status);
        Assert.Equal(BudgetStatus.Removed, (await RemoveAsync("all")).Status);
        var list = _budgets.Metering.Get<ListBudgets>();
        Assert.Equal(["support"], (await list.RunAsync(new ListBudgetsRequest(), Cancel)).Budgets.Select(budget => budget.BudgetId));
        Assert.Equal(["all", "support"], (await list.RunAsync(new ListBudgetsRequest { IncludeRemoved = true }, Cancel)).Budgets.Select(budget => budget.BudgetId));
        Assert.Equal(["support"], (await list.RunAsync(new ListBudgetsRequest { TeamId = "team_support", IncludeRemoved = true }, Cancel)).Budgets.Select(budget => budget.BudgetId));

        var first = await list.RunAsync(new ListBudgetsRequest { IncludeRemoved = true, PageSize = 1 }, Cancel);
        var second = await list.RunAsync(new ListBudgetsRequest { IncludeRemoved = true, PageSize = 1, PageToken = first.NextPageToken }, Cancel);
        Assert.Equal(["all", "support"], first.Budgets.Concat(second.Budgets).Select(budget => budget.BudgetId));
        Assert.Equal("", second.NextPageToken);
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => list.RunAsync(new ListBudgetsRequest { PageSize = 1_001 }, Cancel));
        Assert.Equal(2, (await _budgets.HistoryAsync("all")).Changes.Count);
        Assert.Equal([true, true, false], (await _budgets.OwedAsync<BudgetChanged>()).Select(changed => changed.Active));
        Assert.Equal(Reasons.BudgetNotFound, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => _budgets.SnoozeAsync("all", _budgets.Now.AddDays(1)))));
    }

    [Fact(Timeout = 300_000)]
    public async Task Unknown_budget_is_not_found_by_anything()
    {
        foreach (var call in new Func<Task>[]
                 {
                     () => _budgets.GetAsync("none"), () => _budgets.HistoryAsync("none"), () => RemoveAsync("none"), () => _budgets.SnoozeAsync("none", _budgets.Now.AddDays(1)),
                     () => _budgets.Metering.Get<AcknowledgeBudget>().RunAsync(new AcknowledgeBudgetRequest { BudgetId = "none", IdempotencyKey = "x" }, "key", Cancel),
                 })
        {
            Assert.Equal(Reasons.BudgetNotFound, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(call)));
        }
    }

    [Theory(Timeout = 300_000)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(401)]
    public async Task Snooze_ends_ahead_and_not_too_far(int days)
    {
        await _budgets.SetAsync("all", 100);
        var error = await Assert.ThrowsAsync<RpcException>(() => _budgets.SnoozeAsync("all", _budgets.Now.AddDays(days)));
        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(error));
    }

    private Task<BudgetView> RemoveAsync(string budgetId) => _budgets.Metering.Get<RemoveBudget>().RunAsync(
        new RemoveBudgetRequest { BudgetId = budgetId, IdempotencyKey = Guid.CreateVersion7().ToString() }, "key_test", Cancel);
}
