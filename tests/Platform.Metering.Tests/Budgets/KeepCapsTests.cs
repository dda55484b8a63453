using Grpc.Core;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

/// <summary>Hard limits: what Wallet is told, whatever fails in between.</summary>
public sealed class KeepCapsTests : IAsyncLifetime
{
    private BudgetTime _budgets = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private FakeWallet Wallet => _budgets.Metering.Wallet;

    public async ValueTask InitializeAsync() => _budgets = await BudgetTime.BeginAsync();

    public ValueTask DisposeAsync() => _budgets.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Hard_limit_is_set_follows_the_amount_and_ends_with_the_budget()
    {
        Assert.Equal(CapState.Pending, (await SetHardCountedAsync(500)).CapState);
        await TellAsync();
        await TellAsync();
        var view = await _budgets.GetAsync("support");
        Assert.Equal((CapState.Set, "cap_support"), (view.CapState, view.CapId));

        await _budgets.SetAsync("support", 700);
        await TellAsync();
        Assert.Equal(700 * BudgetTime.Cent, Wallet.Caps["cap_support"]);
        await _budgets.SetAsync("support", with: request => request.HardLimit = false);
        await TellAsync();
        Assert.Equal(CapState.None, (await _budgets.GetAsync("support")).CapState);
        Assert.Empty(Wallet.Caps);

        await _budgets.SetAsync("support", with: request => request.HardLimit = true);
        await TellAsync();
        await _budgets.Metering.Get<RemoveBudget>().RunAsync(new RemoveBudgetRequest { BudgetId = "support", IdempotencyKey = "remove" }, "key_test", Cancel);
        await TellAsync();
        Assert.Empty(Wallet.Caps);
        Assert.Equal(["set", "set", "remove", "set", "remove"], Wallet.Told.Select(told => told.Split(' ')[0]));
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_spent_is_told_with_the_limit_in_one_step_and_as_it_is_by_then_when_the_answer_was_lost()
    {
        await _budgets.SpendAsync(200);
        await SetHardAsync(500);
        await TellAsync();
        Assert.Empty(Wallet.Told);

        await _budgets.LookAsync();
        Wallet.LosesAnswers = true;
        await Assert.ThrowsAsync<RpcException>(TellAsync);
        await _budgets.SpendAsync(30);
        await _budgets.LookAsync();
        Wallet.LosesAnswers = false;
        await TellAsync();
        _budgets.Time.SetUtcNow(new DateTimeOffset(2026, 7, 1, 0, 0, 1, TimeSpan.Zero));
        await _budgets.SetAsync("support", 600);
        await TellAsync();
        await TellAsync();
        Assert.Equal(["set support 500 1", "set support 500 1", "set support 600 2"], Wallet.Told);
        var (july, august) = (new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 8, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal([(200 * BudgetTime.Cent, july), (230 * BudgetTime.Cent, july), (0, august)], Wallet.Spent);
        Assert.Equal(CapState.Set, (await _budgets.GetAsync("support")).CapState);
    }

    [Fact(Timeout = 300_000)]
    public async Task Soft_budget_tells_wallet_nothing()
    {
        await _budgets.SetAsync("all", 500);
        await _budgets.SetAsync("all", 600);
        await TellAsync();
        Assert.Empty(Wallet.Told);
    }

    [Fact(Timeout = 300_000)]
    public async Task Wallet_that_is_away_or_whose_answer_is_lost_is_told_again()
    {
        await SetHardCountedAsync(500);
        Wallet.IsAway = true;
        await Assert.ThrowsAsync<RpcException>(TellAsync);
        Assert.Equal(CapState.Pending, (await _budgets.GetAsync("support")).CapState);
        (Wallet.IsAway, Wallet.LosesAnswers) = (false, true);
        await Assert.ThrowsAsync<RpcException>(TellAsync);
        Assert.Equal(CapState.Pending, (await _budgets.GetAsync("support")).CapState);

        Wallet.LosesAnswers = false;
        await TellAsync();
        Assert.Equal(CapState.Set, (await _budgets.GetAsync("support")).CapState);

        // Both times the same, and so under the same idempotency key: one effect in Wallet.
        Assert.Equal(["set support 500 1", "set support 500 1"], Wallet.Told);
    }

    [Fact(Timeout = 300_000)]
    public async Task Answer_to_a_change_that_is_no_longer_the_last_does_not_hide_the_later_one()
    {
        await SetHardCountedAsync(500);
        var stale = (await BudgetCapStore.ListAsync(_budgets.Metering.Database, CapState.Pending, Cancel)).Single();
        await _budgets.SetAsync("support", 700);
        await _budgets.Metering.Get<CapAnswers>().KeepAsync(stale, CapState.Set, "cap_support", Cancel);
        Assert.Equal(CapState.Pending, (await _budgets.GetAsync("support")).CapState);
        await TellAsync();
        Assert.Equal(700 * BudgetTime.Cent, Wallet.Caps["cap_support"]);
    }

    [Fact(Timeout = 300_000)]
    public async Task Refusal_is_shown_and_a_change_tries_again()
    {
        await SetHardCountedAsync(500);
        Wallet.Refusal = "There is no team 'team_support'.";
        _budgets.Time.Advance(TimeSpan.FromSeconds(1));
        await TellAsync();
        var refused = await _budgets.GetAsync("support");
        Assert.Equal((CapState.Refused, "There is no team 'team_support'."), (refused.CapState, refused.CapProblem));

        Wallet.Refusal = null;
        await TellAsync();
        Assert.Equal(CapState.Refused, (await _budgets.GetAsync("support")).CapState);
        await _budgets.SetAsync("support", 501);
        await TellAsync();
        Assert.Equal((CapState.Set, ""), ((await _budgets.GetAsync("support")).CapState, (await _budgets.GetAsync("support")).CapProblem));
    }

    [Fact(Timeout = 300_000)]
    public async Task Refusal_is_an_alert_once_and_asked_about_again_until_wallet_takes_the_cap()
    {
        await SetHardCountedAsync(500);
        Wallet.Refusal = "There is no team 'team_support'.";
        for (var minute = 0; minute < 3; minute++)
        {
            await TellAsync();
            _budgets.Time.Advance(TimeSpan.FromMinutes(1));
        }

        await _budgets.SetAsync("support", 501);
        await TellAsync();
        var alert = Assert.Single(await AlertsAsync());
        Assert.Equal((AlertSeverity.Critical, "team_support", "support"), (alert.Severity, alert.TeamId, alert.Subject));
        Assert.Equal("The hard limit of budget support is not in force: Wallet refuses 5.00 USD a month", alert.Title);
        Assert.Contains("There is no team 'team_support'.", alert.Summary, StringComparison.Ordinal);

        Wallet.Refusal = null;
        await TellAsync();
        Assert.Equal(CapState.Refused, (await _budgets.GetAsync("support")).CapState);
        _budgets.Time.Advance(TimeSpan.FromMinutes(1));
        await TellAsync();
        Assert.Equal((CapState.Set, ""), ((await _budgets.GetAsync("support")).CapState, (await _budgets.GetAsync("support")).CapProblem));
        Assert.Equal(501 * BudgetTime.Cent, Wallet.Caps["cap_support"]);

        // Refused anew, it is told of anew; removed, it is not asked about any more.
        await _budgets.SetAsync("support", 600);
        Wallet.Refusal = "No.";
        await TellAsync();
        Assert.Equal(2, (await AlertsAsync()).Count);
        Wallet.Refusal = null;
        await _budgets.Metering.Get<RemoveBudget>().RunAsync(new RemoveBudgetRequest { BudgetId = "support", IdempotencyKey = "remove" }, "key_test", Cancel);
        await TellAsync();
        Assert.Equal(0, await _budgets.Metering.ScalarAsync<long>("SELECT count(*) FROM told_condition"));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(null, false, "It is a hard limit: calls beyond it are refused.")]
    [InlineData("There is no team 'team_support'.", true, "Its hard limit is not in force, because Wallet refuses it: calls go on.")]
    public async Task Threshold_of_a_limit_that_wallet_refuses_is_not_told_as_hard(string? refusal, bool isRefused, string says)
    {
        await SetHardCountedAsync(500);
        Wallet.Refusal = refusal;
        await TellAsync();
        await _budgets.SpendAsync(500);
        await _budgets.LookAsync();
        var crossed = Assert.Single(await _budgets.OwedAsync<BudgetThresholdCrossed>());
        Assert.Equal((true, isRefused), (crossed.HardLimit, crossed.LimitRefused));
        Assert.Contains(says, AlertOfBudget.ThresholdCrossed(crossed).Summary, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Cap_that_somebody_removed_in_wallet_is_set_again_within_a_minute()
    {
        await SetHardCountedAsync(500);
        await TellAsync();
        Wallet.Caps.Clear();
        await TellAsync();
        Assert.Empty(Wallet.Caps);
        _budgets.Time.Advance(TimeSpan.FromMinutes(1));
        await TellAsync();
        Assert.Equal(500 * BudgetTime.Cent, Wallet.Caps["cap_support"]);
        Assert.Equal("set support 500 2", Wallet.Told.Last());
    }

    [Fact(Timeout = 300_000)]
    public async Task Cap_that_lands_after_its_budget_became_soft_is_removed_within_a_minute()
    {
        await SetHardCountedAsync(500);
        Wallet.LosesAnswers = true;
        await Assert.ThrowsAsync<RpcException>(TellAsync);
        Wallet.LosesAnswers = false;
        Wallet.Caps.Clear();
        await _budgets.SetAsync("support", with: request => request.HardLimit = false);
        await TellAsync();
        Assert.Equal(CapState.None, (await _budgets.GetAsync("support")).CapState);

        // The request that nobody heard the answer of was still under way.
        Wallet.Caps["cap_support"] = 500 * BudgetTime.Cent;
        _budgets.Time.Advance(TimeSpan.FromMinutes(1));
        await TellAsync();
        Assert.Empty(Wallet.Caps);
        Assert.Equal(CapState.None, (await _budgets.GetAsync("support")).CapState);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_a_cap_misses_of_its_first_period_is_corrected_as_it_becomes_known_and_never_below_what_is()
    {
        await SetHardCountedAsync(500);
        await TellAsync();
        var july = new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);
        Wallet.Counts["cap_support"] = new KeptCap(0, UncountedUntil: july);

        // Called before the cap counted and shipped after it; not counted here yet when the caps are read.
        await _budgets.SpendAsync(200);
        await SecondAsync();
        Assert.DoesNotContain(Wallet.Told, told => told.StartsWith("correct", StringComparison.Ordinal));

        // By now something was spent through the cap that the spend has and the reading of the caps has not: the next reading has it.
        await _budgets.SpendAsync(30);
        Wallet.Counts["cap_support"] = Wallet.Counts["cap_support"] with { SettledNanos = 30 * BudgetTime.Cent };
        await _budgets.LookAsync();
        await SecondAsync();
        await SecondAsync();
        await SecondAsync();
        Assert.Equal(["correct support 230 - 0", "correct support 230 - 30"], Wallet.Told.Skip(1));

        // Later it is looked at once a minute, in this period only.
        _budgets.Time.Advance(TimeSpan.FromMinutes(1));
        await TellAsync();
        await _budgets.SpendAsync(5);
        await _budgets.LookAsync();
        await SecondAsync();
        Assert.Equal(3, Wallet.Told.Count);
        _budgets.Time.Advance(TimeSpan.FromMinutes(1));
        await TellAsync();
        Assert.Equal("correct support 235 - 30", Wallet.Told.Last());
        _budgets.Time.SetUtcNow(july);
        await _budgets.SpendAsync(7);
        await _budgets.LookAsync();
        await TellAsync();
        Assert.Equal(4, Wallet.Told.Count);
    }

    private Task SecondAsync()
    {
        _budgets.Time.Advance(TimeSpan.FromSeconds(1));
        return TellAsync();
    }

    private Task<BudgetView> SetHardAsync(long cents) => _budgets.SetAsync(
        "support", cents, request => (request.Scope, request.HardLimit) = (new BudgetScope { TeamId = "team_support" }, true));

    private async Task<BudgetView> SetHardCountedAsync(long cents)
    {
        await SetHardAsync(cents);
        await _budgets.LookAsync();
        return await _budgets.GetAsync("support");
    }

    private async Task<List<Alert>> AlertsAsync() =>
        [.. (await _budgets.Metering.Get<ListAlerts>().RunAsync(new ListAlertsRequest { Kind = AlertKind.CapRefused }, Cancel)).Alerts];

    private Task TellAsync() => _budgets.Metering.Get<KeepCaps>().RunAsync(Cancel);
}
