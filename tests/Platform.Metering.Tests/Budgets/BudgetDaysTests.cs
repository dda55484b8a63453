using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

public sealed class BudgetDaysTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Days_of_a_budget_are_all_that_its_scope_spent_before_it_was_set_and_since()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await budgets.SpendAsync(7, budgets.Now.AddDays(-40), Tagged);
        await budgets.SpendAsync(5, budgets.Now.AddDays(-2), Tagged);
        await budgets.SpendAsync(9, budgets.Now.AddDays(-2));

        // An hour before midnight in UTC is the next day in Berlin.
        await budgets.SpendAsync(3, new DateTimeOffset(2026, 6, 8, 23, 0, 0, TimeSpan.Zero), Tagged);
        await budgets.SetAsync("chat", 1_000, request => request.Scope = new BudgetScope { TagKey = "use", TagValue = "chat" });
        await budgets.SetAsync("none", 1_000, request => request.Scope = new BudgetScope { UserId = "nobody" });
        Assert.Empty((await ReadAsync(budgets, "", "chat", "none")).Budgets);
        await budgets.LookAsync();
        await budgets.SpendAsync(2, budgets.Now.AddDays(-1), Tagged);
        await budgets.LookAsync();

        Assert.Equal(["chat 2026-05-01 7, 2026-06-08 8, 2026-06-09 2", "none "], Shown(await ReadAsync(budgets, "", "none", "chat", "unknown")));
        Assert.Equal(["chat 2026-05-01 7, 2026-06-08 5, 2026-06-09 5"], Shown(await ReadAsync(budgets, "Europe/Berlin", "chat")));
    }

    /// <summary>They are held against days of usage: a credit note would be a share of a pace.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Days_of_a_budget_leave_money_without_tokens_out()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await budgets.SetAsync("all", 1_000);
        await budgets.SpendAsync(9, budgets.Now.AddDays(-2));
        await budgets.AdjustAsync(50, budgets.Now.AddDays(-2));
        await budgets.LookAsync();

        Assert.Equal(["all 2026-06-08 9"], Shown(await ReadAsync(budgets, "", "all")));
    }

    [Fact(Timeout = 300_000)]
    public async Task Days_without_a_range_or_of_too_many_years_are_refused()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        var (from, to) = (budgets.Now.AddDays(-10).ToTimestampUtc(), budgets.Now.ToTimestampUtc());
        GetBudgetDaysRequest[] wrong =
        [
            new() { From = from, To = to }, new() { BudgetIds = { "a" }, From = from }, new() { BudgetIds = { "a" }, From = to, To = from },
            new() { BudgetIds = { "a" }, From = from, To = to, TimeZone = "Mars/Base" }, new() { BudgetIds = { "a" }, From = budgets.Now.AddDays(-1_001).ToTimestampUtc(), To = to },
        ];
        foreach (var request in wrong)
        {
            Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => budgets.Metering.Get<ReadBudgetDays>().RunAsync(request, Cancel))).StatusCode);
        }
    }

    private static void Tagged(UsageEvent usage) => usage.Tags["use"] = "chat";

    private static IEnumerable<string> Shown(GetBudgetDaysResponse answer) =>
        answer.Budgets.Select(budget => $"{budget.BudgetId} {string.Join(", ", budget.Days.Select(day => $"{day.Day} {day.SpentNanos / BudgetTime.Cent}"))}");

    private static Task<GetBudgetDaysResponse> ReadAsync(BudgetTime budgets, string zone, params string[] ids) => budgets.Metering.Get<ReadBudgetDays>().RunAsync(
        new GetBudgetDaysRequest
        {
            BudgetIds = { ids }, TimeZone = zone, From = new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero).ToTimestampUtc(),
            To = new DateTimeOffset(2026, 6, 10, 0, 0, 0, TimeSpan.Zero).ToTimestampUtc(),
        },
        Cancel);
}
