using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

public sealed class BudgetCrossingTests : IAsyncLifetime
{
    private BudgetTime _budgets = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _budgets = await BudgetTime.BeginAsync();

    public ValueTask DisposeAsync() => _budgets.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Each_threshold_is_told_once_and_with_the_figures_of_its_moment()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.LookAsync();
        await _budgets.SpendAsync(49);
        await _budgets.LookAsync();
        Assert.Empty(await _budgets.ToldAsync());

        await _budgets.SpendAsync(1);
        await _budgets.LookAsync();
        await _budgets.LookAsync();
        await _budgets.SpendAsync(20);
        await _budgets.LookAsync();
        Assert.Equal(["all actual 50"], await _budgets.ToldAsync());

        await _budgets.SpendAsync(40);
        await _budgets.LookAsync();
        await _budgets.SpendAsync(40);
        await _budgets.LookAsync();
        Assert.Equal(["all actual 50", "all actual 100>80"], await _budgets.ToldAsync());

        var told = (await _budgets.OwedAsync<BudgetThresholdCrossed>())[1];
        Assert.Equal((100 * BudgetTime.Cent, 110 * BudgetTime.Cent, null, "USD"), (told.AmountNanos, told.SpentNanos, told.ProjectedNanos, told.Currency));
        Assert.Equal(
            ("month", "UTC", new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero)),
            (told.Period, told.TimeZone, told.PeriodFrom, told.PeriodTo));
        var view = await _budgets.GetAsync("all");
        Assert.Equal((150 * BudgetTime.Cent, BudgetStatus.Exceeded, 3), (view.SpentNanos, view.Status, view.Open));
        Assert.Equal([50, 80, 100], view.Crossings.Select(crossing => crossing.Percent));
    }

    [Fact(Timeout = 300_000)]
    public async Task Budget_counts_what_was_spent_before_it_was_made_and_tells_what_that_reaches()
    {
        await _budgets.SpendAsync(30, new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));
        await _budgets.SpendAsync(70, new DateTimeOffset(2026, 5, 31, 23, 59, 59, TimeSpan.Zero));
        await _budgets.SpendAsync(50, with: usage => usage.TeamId = "team_search");
        var view = await _budgets.SetAsync("all", 100);
        Assert.Equal((BudgetStatus.Counting, false, false), (view.Status, view.HasSpentNanos, view.HasProjectedNanos));
        await _budgets.SetAsync("support", 100, request => request.Scope = new BudgetScope { TeamId = "team_support" });
        await _budgets.LookAsync();

        Assert.Equal(["all actual 80>50"], await _budgets.ToldAsync());
        Assert.Equal(80 * BudgetTime.Cent, (await _budgets.GetAsync("all")).SpentNanos);
        Assert.Equal(30 * BudgetTime.Cent, (await _budgets.GetAsync("support")).SpentNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Changed_budget_is_armed_again_and_a_renamed_one_is_not()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.SpendAsync(90);
        await _budgets.LookAsync();
        await _budgets.SetAsync("all", with: request => request.Name = "Everything");
        await _budgets.LookAsync();
        Assert.Equal(["all actual 80>50"], await _budgets.ToldAsync());

        Assert.Equal(2, (await _budgets.SetAsync("all", 200)).Version);
        await _budgets.LookAsync();
        await _budgets.SpendAsync(70);
        await _budgets.LookAsync();
        Assert.Equal(["all actual 80>50", "all actual 80>50"], await _budgets.ToldAsync());

        await _budgets.SetAsync("all", with: request => request.ActualPercents = new BudgetPercents { Percents = { 75, 10 } });
        await _budgets.LookAsync();
        Assert.Equal("all actual 75>10", (await _budgets.ToldAsync())[^1]);
        Assert.Equal([1, 1, 2, 3], (await _budgets.OwedAsync<BudgetChanged>()).Select(changed => changed.Version));
    }

    [Fact(Timeout = 300_000)]
    public async Task Snoozed_budget_tells_at_its_end_what_it_crossed_if_the_period_still_runs()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.SetAsync("day", 100, request => request.Period = BudgetPeriod.Day);
        await _budgets.LookAsync();
        await _budgets.SnoozeAsync("all", _budgets.Now.AddDays(1));
        await _budgets.SnoozeAsync("day", _budgets.Now.AddDays(1));
        await _budgets.SpendAsync(60);
        await _budgets.LookAsync();
        await _budgets.SpendAsync(25);
        await _budgets.LookAsync();
        Assert.Empty(await _budgets.ToldAsync());
        Assert.NotNull((await _budgets.GetAsync("all")).SnoozedUntil);

        _budgets.Time.Advance(TimeSpan.FromDays(1));
        await _budgets.LookAsync();
        await _budgets.LookAsync();
        Assert.Equal(["all actual 80>50"], await _budgets.ToldAsync());
        var untold = (await _budgets.HistoryAsync("day")).Crossings;
        Assert.NotEmpty(untold);
        Assert.All(untold, crossing => Assert.Null(crossing.ToldAt));
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_acknowledged_during_a_snooze_is_not_told_after_it()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.SnoozeAsync("all", _budgets.Now.AddDays(1));
        await _budgets.SpendAsync(60);
        await _budgets.LookAsync();
        await _budgets.AcknowledgeAsync("all");
        await _budgets.SpendAsync(25);
        await _budgets.LookAsync();

        _budgets.Time.Advance(TimeSpan.FromDays(1));
        await _budgets.LookAsync();
        Assert.Equal(["all actual 80"], await _budgets.ToldAsync());
        await using var connection = await _budgets.Metering.Database.OpenConnectionAsync(Cancel);
        Assert.Empty(await CrossingStore.ListWaitingAsync(connection, _budgets.Now, Cancel));
    }

    [Fact(Timeout = 300_000)]
    public async Task Snooze_that_is_ended_tells_at_once()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.SnoozeAsync("all", _budgets.Now.AddDays(1));
        await _budgets.SpendAsync(60);
        await _budgets.LookAsync();
        await _budgets.SnoozeAsync("all", null);
        await _budgets.LookAsync();
        Assert.Equal(["all actual 50"], await _budgets.ToldAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Spend_that_comes_late_counts_in_its_own_period_and_is_told_once()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.LookAsync();
        await _budgets.SpendAsync(45);
        _budgets.Time.SetUtcNow(new DateTimeOffset(2026, 7, 1, 0, 10, 0, TimeSpan.Zero));
        await _budgets.SpendAsync(20, _budgets.Now);
        await _budgets.LookAsync();
        await _budgets.SpendAsync(10, new DateTimeOffset(2026, 6, 30, 23, 59, 59, TimeSpan.Zero));
        await _budgets.LookAsync();
        await _budgets.SpendAsync(1, new DateTimeOffset(2026, 6, 30, 23, 59, 59, TimeSpan.Zero));
        await _budgets.LookAsync();

        var told = Assert.Single(await _budgets.OwedAsync<BudgetThresholdCrossed>());
        Assert.Equal((50, new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero), 55 * BudgetTime.Cent), (told.Percent, told.PeriodTo, told.SpentNanos));
        Assert.Equal(20 * BudgetTime.Cent, (await _budgets.GetAsync("all")).SpentNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Corrections_lower_what_is_spent_and_arm_nothing()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.LookAsync();
        await _budgets.SpendAsync(60);
        await _budgets.LookAsync();
        var record = (await _budgets.Metering.StreamAsync()).Single();
        await _budgets.SpendAsync(-40, with: usage => usage.CorrectsRecordId = record.RecordId);
        await _budgets.LookAsync();
        Assert.Equal(20 * BudgetTime.Cent, (await _budgets.GetAsync("all")).SpentNanos);
        await _budgets.SpendAsync(35);
        await _budgets.LookAsync();
        Assert.Equal(["all actual 50"], await _budgets.ToldAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Removed_budget_tells_nothing_and_counts_anew_when_it_is_set_again()
    {
        await _budgets.SetAsync("all", 100);
        await _budgets.LookAsync();
        await _budgets.Metering.Get<RemoveBudget>().RunAsync(new RemoveBudgetRequest { BudgetId = "all", IdempotencyKey = "remove" }, "key_test", Cancel);
        await _budgets.SpendAsync(60);
        await _budgets.LookAsync();
        Assert.Empty(await _budgets.ToldAsync());

        await _budgets.SetAsync("all");
        await _budgets.SpendAsync(1);
        await _budgets.LookAsync();
        Assert.Equal(["all actual 50"], await _budgets.ToldAsync());
        Assert.Equal(61 * BudgetTime.Cent, (await _budgets.GetAsync("all")).SpentNanos);
    }
}
