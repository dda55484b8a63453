using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests.Budgets;

/// <summary>Boundaries of periods in zones whose clocks change.</summary>
public sealed class BudgetPeriodTests
{
    // The last moment of a period and the first of the next, on both sides of which a call is made.
    [Theory(Timeout = 300_000)]
    [InlineData("America/New_York", BudgetPeriod.Day, "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")]
    [InlineData("America/New_York", BudgetPeriod.Day, "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")]
    [InlineData("America/New_York", BudgetPeriod.Month, "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z")]
    [InlineData("Europe/Berlin", BudgetPeriod.Month, "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")]
    [InlineData("Europe/Berlin", BudgetPeriod.Week, "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z")]
    [InlineData("Europe/Berlin", BudgetPeriod.Quarter, "2025-12-31T23:00:00Z", "2026-03-31T22:00:00Z")]
    [InlineData("Asia/Kolkata", BudgetPeriod.Day, "2026-06-09T18:30:00Z", "2026-06-10T18:30:00Z")]
    [InlineData("Asia/Kolkata", BudgetPeriod.Year, "2025-12-31T18:30:00Z", "2026-12-31T18:30:00Z")]
    [InlineData("Australia/Lord_Howe", BudgetPeriod.Day, "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z")]
    [InlineData("Australia/Lord_Howe", BudgetPeriod.Day, "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z")]
    public async Task Spend_counts_in_the_period_of_the_budgets_own_zone(string zone, BudgetPeriod period, string first, string next)
    {
        var (from, to) = (DateTimeOffset.Parse(first), DateTimeOffset.Parse(next));
        await using var budgets = await BudgetTime.BeginAsync(from.AddMinutes(1));
        await budgets.SetAsync("zoned", 100, request => (request.Period, request.TimeZone) = (period, zone));

        // Half of it is counted by the follower as it comes, half before the budget is looked at for the first time.
        await budgets.SpendAsync(10, from.AddTicks(-10));
        await budgets.SpendAsync(20, from);
        await budgets.LookAsync();
        budgets.Time.SetUtcNow(to.AddMinutes(-1));
        await budgets.SpendAsync(30, to.AddTicks(-10));
        await budgets.LookAsync();
        var view = await budgets.GetAsync("zoned");
        Assert.Equal((from, to, 50 * BudgetTime.Cent), (view.PeriodFrom.ToMoment(), view.PeriodTo.ToMoment(), view.SpentNanos));
        Assert.Equal((from, to), Assert.Single(await budgets.OwedAsync<BudgetThresholdCrossed>()) is var told ? (told.PeriodFrom, told.PeriodTo) : default);

        budgets.Time.SetUtcNow(to.AddMinutes(1));
        await budgets.SpendAsync(5, to);
        await budgets.LookAsync();
        view = await budgets.GetAsync("zoned");
        Assert.Equal((to, 5 * BudgetTime.Cent, BudgetStatus.Healthy), (view.PeriodFrom.ToMoment(), view.SpentNanos, view.Status));
    }
}
