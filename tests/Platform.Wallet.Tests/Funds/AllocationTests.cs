using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>What is planned, what ends, and what becomes of its money.</summary>
public sealed class AllocationTests : AllocationCase
{
    [Fact(Timeout = 300_000)]
    public async Task What_is_unspent_at_the_end_of_a_period_returns_as_of_that_moment()
    {
        var team = await Ledger.TeamWithAsync(5);
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        await SpendAsync(team, 30);
        await PassAsync("2027-03-19T23:59:59Z");
        Assert.Equal("75/0/0/30 over 0 of 105", (await Ledger.WalletAsync(team)).Line());

        await PassAsync("2027-03-20T06:00:00Z");
        Assert.Equal("5/0/0/30 over 0 of 35", (await Ledger.WalletAsync(team)).Line());
        var expiry = (await TransactionsAsync($"wal_{team}"))[0];
        Assert.Equal("Expiry 70: 75>5 at 2027-03-20T00:00:00Z", $"{FundsTests.Line(expiry)} at {Text(expiry.OccurredAt.ToDateTimeOffset())}");
        Assert.Equal("wallet", expiry.Actor);
        Assert.Equal((0, false), await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_wallet_that_somebody_keeps_locked_keeps_its_own_team_from_its_turn_and_no_other()
    {
        var (kept, free) = (await Ledger.TeamWithAsync(0), await Ledger.TeamWithAsync(0));
        await Ledger.CreditAsync(1_000);
        await AllocateAsync(kept, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        await AllocateAsync(free, 100, "2027-03-20T00:00:01Z", PeriodEnd.Return);
        await using (var connection = await Ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token))
        await using (var transaction = await connection.BeginTransactionAsync(LedgerFixture.Token))
        {
            await LedgerStore.LockAsync(transaction, [WalletAccounts.IdOf(kept)], LedgerFixture.Token);
            await PassAsync("2027-03-20T00:00:02Z");
            Assert.Equal("0/0/0/0 over 0 of 0", (await Ledger.WalletAsync(free)).Line());
            Assert.Equal("100/0/0/0 over 0 of 100", (await Ledger.WalletAsync(kept)).Line());

            // Nor does a message of usage keep the other's from being posted.
            Assert.True(await Ledger.PostAsync(
                Ledger.Item(free, Guid.CreateVersion7(), 5, FundingClass.External), Ledger.Item(kept, Guid.CreateVersion7(), 5, FundingClass.External)));
            Assert.Equal("0/0/0/5 over 5 of 0", (await Ledger.WalletAsync(free)).Line());
            Assert.Equal("100/0/0/0 over 0 of 100", (await Ledger.WalletAsync(kept)).Line());
        }

        await PassAsync("2027-03-20T00:00:03Z");
        Assert.Equal("0/0/0/0 over 0 of 0", (await Ledger.WalletAsync(kept)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_rolls_over_stays_without_an_end()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(1_000);
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.RollOver);
        await AllocateAsync(team, 50, "2027-03-21T00:00:00Z", PeriodEnd.Return);
        await PassAsync("2027-03-20T00:00:00Z");
        await SpendAsync(team, 20);
        await PassAsync("2027-03-21T00:00:00Z");

        // The 50 end first, so the 20 are theirs.
        Assert.Equal("100/0/0/20 over 0 of 120", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_set_aside_at_the_end_returns_when_it_is_back()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(1_000);
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        var attempt = Guid.CreateVersion7();
        await Ledger.HoldAsync(team, attempt, 80, sent: true);
        await PassAsync("2027-03-20T00:00:00Z");
        Assert.Equal("0/80/0/0 over 0 of 80", (await Ledger.WalletAsync(team)).Line());
        Assert.Equal("100 left 80 returned 20 ending", await PeriodsAsync(team));

        await Ledger.ResolveAsync(attempt, new HoldInput.Report(10));
        await PassAsync("2027-03-20T00:00:01Z");
        await Ledger.PostAsync(Ledger.Item(team, attempt, 10));
        await PassAsync("2027-03-20T00:00:02Z");
        Assert.Equal("0/0/0/10 over 0 of 10", (await Ledger.WalletAsync(team)).Line());
        Assert.Equal("100 left 0 returned 90 ended", await PeriodsAsync(team));
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_monthly_budget_begins_anew_with_each_month_of_its_zone_across_clock_changes()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(100_000);
        await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return, zone: "America/New_York");
        await PassAsync("2027-03-10T12:00:01Z");
        await SpendAsync(team, 400);

        // Midnight in New York was at 05:00 UTC in winter and is at 04:00 UTC since the 14th of March.
        await PassAsync("2027-04-01T03:59:59Z");
        Assert.Equal("600/0/0/400 over 0 of 1000", (await Ledger.WalletAsync(team)).Line());
        await PassAsync("2027-04-01T04:00:00Z");
        Assert.Equal("1000/0/0/400 over 0 of 1400", (await Ledger.WalletAsync(team)).Line());
        Assert.Equal(
            ["Allocation 1000 2027-04-01T04:00:00Z", "Expiry 600 2027-04-01T04:00:00Z", "Settlement 400 2027-03-10T12:00:01Z", "Allocation 1000 2027-03-10T12:00:00Z"],
            (await TransactionsAsync($"wal_{team}")).Select(Occurred));
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_missed_is_done_late_once_in_order_and_with_its_own_moment()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(100_000);
        await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return, startsAt: "2027-04-01T00:00:00Z");
        await AllocateAsync(team, 50, "2027-05-10T00:00:00Z", PeriodEnd.RollOver);
        await PassAsync("2027-06-02T00:00:00Z");

        Assert.Equal(
            [
                "Allocation 1000 2027-06-01T00:00:00Z", "Expiry 1000 2027-06-01T00:00:00Z", "Allocation 1000 2027-05-01T00:00:00Z",
                "Expiry 1000 2027-05-01T00:00:00Z", "Allocation 1000 2027-04-01T00:00:00Z", "Allocation 50 2027-03-10T12:00:00Z",
            ],
            (await TransactionsAsync($"wal_{team}")).Select(Occurred));
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_planned_allocation_waits_while_the_wallet_above_has_too_little()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.EmptyOrganisationAsync();
        await Ledger.CreditAsync(100);
        await PlanAsync(team, 150, Recurrence.Once, PeriodEnd.Unspecified, startsAt: "2027-03-11T00:00:00Z");
        await PassAsync("2027-03-11T00:00:05Z");
        var waiting = await OnlyAsync(team);
        Assert.Equal((AllocationState.Waiting, 50), (waiting.State, waiting.MissingNanos));
        Assert.Equal(At("2027-03-11T00:00:05Z"), waiting.WaitingSince.ToDateTimeOffset());
        var shown = await Ledger.Get<ReadWallets>().GetAsync($"wal_{team}", LedgerFixture.Token);
        Assert.Equal((150, true), (shown.Planned.Single().AmountNanos, shown.Planned.Single().Waiting));

        await PassAsync("2027-03-12T00:00:00Z");
        await Ledger.CreditAsync(50);
        await PassAsync("2027-03-12T00:00:01Z");
        Assert.Equal("Allocation 150 2027-03-11T00:00:00Z", Occurred((await TransactionsAsync($"wal_{team}")).Single()));
        Assert.Empty((await Ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { WalletId = $"wal_{team}" }, LedgerFixture.Token)).Allocations);
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cancelled_allocation_has_no_further_effect_but_its_period_ends_as_planned()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(100_000);
        var plan = await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        var cancelled = await CancelAsync(plan.AllocationId);
        Assert.Equal(("key_a", true), (cancelled.CancelledBy, cancelled.CancelledAt is not null));
        Assert.Equal(cancelled, await CancelAsync(plan.AllocationId, "key_b"));
        Assert.Equal((AllocationState.Cancelled, null), (cancelled.State, cancelled.DueAt));

        await PassAsync("2027-05-01T00:00:00Z");
        Assert.Equal("0/0/0/0 over 0 of 0", (await Ledger.WalletAsync(team)).Line());
        var done = await AllocateAsync(team, 5, "2027-06-01T00:00:00Z", PeriodEnd.Return);
        Assert.Equal(Reasons.AllocationDone, await HoldTests.TryAsync(async () => await CancelAsync((await OnlyAsync(team)).AllocationId)));
        Assert.Equal(Reasons.AllocationNotFound, await HoldTests.TryAsync(() => CancelAsync(done.TransferId)));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_team_whose_turn_fails_holds_no_other_up_and_has_it_later()
    {
        var (first, second) = (await Ledger.TeamWithAsync(0), await Ledger.TeamWithAsync(0));
        await Ledger.CreditAsync(1_000);
        await AllocateAsync(first, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        await AllocateAsync(second, 50, "2027-03-20T00:00:01Z", PeriodEnd.Return);
        await Ledger.ExecuteAsync($"ALTER TABLE wallet ADD CONSTRAINT stuck CHECK (team_id <> '{first}' OR available > 0)");

        await PassAsync("2027-03-20T00:00:02Z");
        Assert.Equal("100/0/0/0 over 0 of 100", (await Ledger.WalletAsync(first)).Line());
        Assert.Equal("0/0/0/0 over 0 of 0", (await Ledger.WalletAsync(second)).Line());

        await Ledger.ExecuteAsync("ALTER TABLE wallet DROP CONSTRAINT stuck");
        await PassAsync("2027-03-20T00:00:03Z");
        Assert.Equal("0/0/0/0 over 0 of 0", (await Ledger.WalletAsync(first)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_of_an_allocation_ends_its_period()
    {
        var team = await Ledger.TeamWithAsync(20);
        var allocation = await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        await Ledger.Get<CorrectTransfer>().RunAsync(
            new CorrectRequest { TransferId = allocation.TransferId, IdempotencyKey = "c" }, "test", LedgerFixture.Token);
        await PassAsync("2027-03-21T00:00:00Z");

        Assert.Equal("20/0/0/0 over 0 of 20", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_of_what_returned_at_its_end_is_refused_for_it_would_take_later_money()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(1_000);
        var september = await AllocateAsync(team, 100, "2027-10-01T00:00:00Z", PeriodEnd.Return);
        await SpendAsync(team, 30);
        await PassAsync("2027-10-01T00:00:00Z");
        await AllocateAsync(team, 100, "2027-11-01T00:00:00Z", PeriodEnd.Return);

        Assert.Equal(Reasons.TransferNotCorrectable, await HoldTests.TryAsync(() => Ledger.Get<CorrectTransfer>().RunAsync(
            new CorrectRequest { TransferId = september.TransferId, IdempotencyKey = "c" }, "test", LedgerFixture.Token)));
        Assert.Equal("100/0/0/30 over 0 of 130", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_of_money_without_an_end_leaves_what_ends_as_it_was()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.CreditAsync(10_000);
        await AllocateAsync(team, 1_000, "2027-04-01T00:00:00Z", PeriodEnd.Return);
        var mistake = await Ledger.AllocateAsync(team, 5_000);
        await Ledger.Get<CorrectTransfer>().RunAsync(new CorrectRequest { TransferId = mistake.TransferId, IdempotencyKey = "c" }, "test", LedgerFixture.Token);
        Assert.Equal("1000 left 1000 returned 0 running", await PeriodsAsync(team));
        await PassAsync("2027-04-01T00:00:00Z");

        Assert.Equal("1000 left 0 returned 1000 ended", await PeriodsAsync(team));
        Assert.Equal("0/0/0/0 over 0 of 0", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 600_000)]
    public async Task Replicas_at_once_make_each_allocation_once_and_in_order()
    {
        var teams = new List<string>();
        await Ledger.CreditAsync(100_000);
        for (var i = 0; i < 6; i++)
        {
            teams.Add(await Ledger.TeamWithAsync(0));
            await PlanAsync(teams[i], 10 + i, Recurrence.Monthly, PeriodEnd.Return, startsAt: "2027-03-20T00:00:00Z");
        }

        Ledger.Time.SetUtcNow(At("2027-06-15T00:00:00Z"));
        var replicas = Enumerable.Range(0, 4).Select(_ => new PeriodScheduler(
            Ledger.Get<LedgerDatabase>(), Ledger.Get<DueStore>(), Ledger.Get<LeaseRecall>(), Ledger.Get<SchedulerSignal>(), Options.Create(new AllocationOptions()),
            Ledger.Get<WalletMetrics>(), Ledger.Time, NullLogger<PeriodScheduler>.Instance)).ToList();
        var done = 0;
        while (await Task.WhenAll(replicas.Select(replica => replica.RunDueAsync(LedgerFixture.Token))) is var round && round.Sum(replica => replica.Done) > 0)
        {
            done += round.Sum(replica => replica.Done);
        }

        // A beginning and three turns of a month a team.
        Assert.Equal(6 * 4, done);
        foreach (var (team, i) in teams.Select((team, i) => (team, i)))
        {
            Assert.Equal(
                ["06-01 Allocation", "06-01 Expiry", "05-01 Allocation", "05-01 Expiry", "04-01 Allocation", "04-01 Expiry", "03-20 Allocation"],
                (await TransactionsAsync($"wal_{team}")).Select(transfer => $"{transfer.OccurredAt.ToDateTime():MM-dd} {transfer.Kind}"));
            Assert.Equal($"{10 + i}/0/0/0 over 0 of {10 + i}", (await Ledger.WalletAsync(team)).Line());
        }

        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task An_allocation_in_a_zone_that_this_machine_does_not_know_stands_and_others_go_on()
    {
        var (lost, good) = (await Ledger.TeamWithAsync(0), await Ledger.TeamWithAsync(0));
        await Ledger.CreditAsync(100_000);
        var plan = await PlanAsync(lost, 1_000, Recurrence.Monthly, PeriodEnd.Return, startsAt: "2027-03-20T00:00:00Z");
        await PlanAsync(good, 1_000, Recurrence.Monthly, PeriodEnd.Return, startsAt: "2027-03-21T00:00:00Z");
        await Ledger.ExecuteAsync("UPDATE allocation SET time_zone = 'Nowhere/Here' WHERE allocation_id = $1", Guid.Parse(plan.AllocationId));
        await PassAsync("2027-03-21T00:00:00Z");
        Assert.Equal("0/0/0/0 over 0 of 0", (await Ledger.WalletAsync(lost)).Line());
        Assert.Equal("1000/0/0/0 over 0 of 1000", (await Ledger.WalletAsync(good)).Line());

        await Ledger.ExecuteAsync("UPDATE allocation SET time_zone = 'Europe/Berlin' WHERE allocation_id = $1", Guid.Parse(plan.AllocationId));
        await PassAsync("2027-03-21T00:00:01Z");
        Assert.Equal("1000/0/0/0 over 0 of 1000", (await Ledger.WalletAsync(lost)).Line());
        await Ledger.VerifyAsync();
    }

    [Theory]
    [InlineData(Recurrence.Monthly, null, null, PeriodEnd.Unspecified, "", "at_end is required")]
    [InlineData(Recurrence.Monthly, null, "2027-05-01T00:00:00Z", PeriodEnd.Return, "", "takes no ends_at")]
    [InlineData(Recurrence.Once, null, null, PeriodEnd.Return, "", "at_end needs ends_at")]
    [InlineData(Recurrence.Once, null, "2027-05-01T00:00:00Z", PeriodEnd.Unspecified, "", "at_end is required")]
    [InlineData(Recurrence.Once, "2027-03-10T12:00:00Z", null, PeriodEnd.Unspecified, "", "starts_at must lie in the future")]
    [InlineData(Recurrence.Once, "2027-05-01T00:00:00Z", "2027-05-01T00:00:00Z", PeriodEnd.Return, "", "ends_at must lie after starts_at")]
    [InlineData(Recurrence.Once, null, "2027-03-01T00:00:00Z", PeriodEnd.Return, "", "ends_at must lie after starts_at")]
    [InlineData(Recurrence.Once, null, null, PeriodEnd.Unspecified, "Mars/Olympus", "no IANA time zone")]
    public async Task A_plan_that_makes_no_sense_is_refused(
        Recurrence recurrence, string? startsAt, string? endsAt, PeriodEnd atEnd, string zone, string complaint)
    {
        var team = await Ledger.TeamWithAsync(0);
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => PlanAsync(team, 5, recurrence, atEnd, startsAt, endsAt, zone));
        Assert.Contains(complaint, error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty((await Ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { All = true }, LedgerFixture.Token)).Allocations);
    }

    private Task<Allocation> CancelAsync(string allocation, string actor = "key_a") =>
        Ledger.Get<CancelAllocation>().RunAsync(new CancelAllocationRequest { AllocationId = allocation }, actor, LedgerFixture.Token);

    private static string Occurred(Transfer transfer) => $"{transfer.Kind} {transfer.AmountNanos} {Text(transfer.OccurredAt.ToDateTimeOffset())}";
}
