using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Allocations;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>What becomes at the end of a period of the money that leases and suspense have.</summary>
public sealed class AllocationLeaseTests : AllocationCase
{
    [Theory(Timeout = 300_000)]
    [InlineData(true, "100 left 0 returned 20 ended; 50 left 50 returned 0 running", "50/0/0/80 over 0 of 130")]
    [InlineData(false, "100 left 0 returned 100 ended; 50 left 50 returned 0 running", "50/0/0/0 over 0 of 50")]
    public async Task What_leases_have_drawn_or_waits_in_suspense_at_the_end_is_not_paid_back_by_money_that_begins_then(bool spent, string periods, string wallet)
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(1_000);
        await PlanAsync(team, 50, Recurrence.Once, PeriodEnd.Return, startsAt: "2027-03-20T00:00:00Z", endsAt: "2027-03-30T00:00:00Z");
        await PassAsync("2027-03-10T12:00:01Z");
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        var attempt = Guid.CreateVersion7();
        await Ledger.HoldAsync(team, attempt, 80, sent: true);
        await Ledger.ResolveAsync(attempt, new HoldInput.Suspend("cut"));
        await PassAsync("2027-03-20T00:00:00Z");
        Assert.Equal("50/0/80/0 over 0 of 130", (await Ledger.WalletAsync(team)).Line());
        Assert.Equal("100 left 80 returned 20 ending; 50 left 50 returned 0 running", await PeriodsAsync(team));

        if (spent)
        {
            await Ledger.PostAsync(Ledger.Item(team, attempt, 80));
        }
        else
        {
            await Ledger.Get<Suspense.ReleaseSuspense>().RunAsync(
                new ReleaseSuspenseRequest { AttemptId = attempt.ToString(), Description = "never sent" }, "test", LedgerFixture.Token);
        }

        await PassAsync("2027-03-20T00:00:01Z");
        Assert.Equal(wallet, (await Ledger.WalletAsync(team)).Line());
        Assert.Equal(periods, await PeriodsAsync(team));
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_leases_have_drawn_at_a_months_end_is_the_old_months_when_it_is_posted()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(100_000);
        await PlanAsync(team, 10_000, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        var lease = new LeaseClient(Ledger, team);
        var granted = (await lease.AcquireAsync(400)).GrantedNanos;
        await lease.ReportAsync(returned: granted - 100, drawn: 100, open: 0, retired: true);
        await PassAsync("2027-04-01T00:00:00Z");
        Assert.Equal("10000/100/0/0 over 0 of 10100", (await Ledger.WalletAsync(team)).Line());

        await Ledger.PostAsync(lease.Item(100, bound: 100));
        await PassAsync("2027-04-01T00:00:01Z");
        Assert.Equal("10000/0/0/100 over 0 of 10100", (await Ledger.WalletAsync(team)).Line());
        Assert.Equal("10000 left 10000 returned 0 running; 10000 left 0 returned 9900 ended", await PeriodsAsync(team));
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task The_earliest_end_that_takes_money_away_is_the_wallets_boundary()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(1_000);
        await AllocateAsync(team, 10, "2027-03-12T00:00:00Z", PeriodEnd.RollOver);
        await AllocateAsync(team, 10, "2027-03-15T00:00:00Z", PeriodEnd.Return);
        await AllocateAsync(team, 10, "2027-03-14T00:00:00Z", PeriodEnd.Return);
        Assert.Equal("2027-03-14T00:00:00Z", await BoundaryAsync(team));
        await PassAsync("2027-03-14T00:00:00Z");
        Assert.Equal("2027-03-15T00:00:00Z", await BoundaryAsync(team));
        await PassAsync("2027-03-15T00:00:00Z");
        Assert.Equal("", await BoundaryAsync(team));
    }

    [Fact(Timeout = 300_000)]
    public async Task Leases_are_asked_back_before_a_period_takes_money_away()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(100_000);
        var lease = new LeaseClient(Ledger, team);
        await AllocateAsync(team, 10_000, "2027-03-25T00:00:00Z", PeriodEnd.Return);
        var granted = (await lease.AcquireAsync(400)).GrantedNanos;
        Assert.Equal("2027-03-25T00:00:00Z", await LeaseEndAsync(lease.Id));
        await AllocateAsync(team, 1, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        Assert.Equal("2027-03-20T00:00:00Z", await LeaseEndAsync(lease.Id));

        Ledger.Time.SetUtcNow(At("2027-03-20T00:00:00Z"));
        Assert.Equal((0, true), await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        await lease.ReportAsync(returned: granted, drawn: 0, open: 0, retired: true);
        Assert.Equal((1, false), await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        Assert.Equal("10000/0/0/0 over 0 of 10000", (await Ledger.WalletAsync(team)).Line());
        Assert.Equal(LeaseOutcome.UseHolds, (await NewLeaseAsync(team, "2027-03-25T00:00:00Z")).Outcome);
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_a_silent_holder_has_returns_when_it_is_back()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(100_000);
        await AllocateAsync(team, 10_000, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        var lease = new LeaseClient(Ledger, team);
        var granted = (await lease.AcquireAsync(400)).GrantedNanos;
        Ledger.Time.SetUtcNow(At("2027-03-20T00:00:00Z"));
        await Eventually.TrueAsync(
            async () => (await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token)).Done == 1, TimeSpan.FromSeconds(20), "the recall to time out");
        Assert.Equal($"10000 left {granted} returned {10_000 - granted} ending", await PeriodsAsync(team));

        await lease.ReportAsync(returned: granted - 10, drawn: 10, open: 0, retired: true);
        await Ledger.PostAsync(lease.Item(10, bound: 10));
        await PassAsync("2027-03-20T00:00:01Z");
        Assert.Equal("10000 left 0 returned 9990 ended", await PeriodsAsync(team));
        Assert.Equal("0/0/0/10 over 0 of 10", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    private async Task<string> BoundaryAsync(string team) => await Ledger.ScalarAsync<object>("SELECT boundary_at FROM wallet WHERE wallet_id = $1", $"wal_{team}")
        is DateTime boundary ? Text(new DateTimeOffset(boundary)) : "";

    private async Task<string> LeaseEndAsync(Guid lease) =>
        Text(new DateTimeOffset(await Ledger.ScalarAsync<DateTime>("SELECT ends_at FROM lease WHERE lease_id = $1", lease)));

    /// <summary>A lease that is asked for when the wallet's boundary has passed.</summary>
    private Task<AcquireLeaseResponse> NewLeaseAsync(string team, string moment)
    {
        Ledger.Time.SetUtcNow(At(moment));
        return new LeaseClient(Ledger, team, "gateway-2").AcquireAsync(400);
    }
}
