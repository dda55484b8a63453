using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Allocations;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>On a database and clock of its own: a calendar concerns everybody.</summary>
public sealed class AllocationTests : IAsyncLifetime
{
    private readonly LedgerFixture _ledger = new();

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        _ledger.Time.SetUtcNow(At("2027-03-10T12:00:00Z"));
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task What_is_unspent_at_the_end_of_a_period_returns_as_of_that_moment()
    {
        var team = await _ledger.TeamWithAsync(5);
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        await SpendAsync(team, 30);
        await PassAsync("2027-03-19T23:59:59Z");
        Assert.Equal("75/0/0/30 over 0 of 105", (await _ledger.WalletAsync(team)).Line());

        await PassAsync("2027-03-20T06:00:00Z");
        Assert.Equal("5/0/0/30 over 0 of 35", (await _ledger.WalletAsync(team)).Line());
        var expiry = (await TransactionsAsync($"wal_{team}"))[0];
        Assert.Equal("Expiry 70: 75>5 at 2027-03-20T00:00:00Z", $"{FundsTests.Line(expiry)} at {Text(expiry.OccurredAt.ToDateTimeOffset())}");
        Assert.Equal("wallet", expiry.Actor);
        Assert.Equal((0, false), await _ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task What_rolls_over_stays_without_an_end()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(1_000);
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.RollOver);
        await AllocateAsync(team, 50, "2027-03-21T00:00:00Z", PeriodEnd.Return);
        await PassAsync("2027-03-20T00:00:00Z");
        await SpendAsync(team, 20);
        await PassAsync("2027-03-21T00:00:00Z");

        // The 50 end first, so the 20 are theirs.
        Assert.Equal("100/0/0/20 over 0 of 120", (await _ledger.WalletAsync(team)).Line());
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_set_aside_at_the_end_returns_when_it_is_back()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(1_000);
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        var attempt = Guid.CreateVersion7();
        await _ledger.HoldAsync(team, attempt, 80, sent: true);
        await PassAsync("2027-03-20T00:00:00Z");
        Assert.Equal("0/80/0/0 over 0 of 80", (await _ledger.WalletAsync(team)).Line());
        Assert.Equal("100 left 80 returned 20 ending", await PeriodsAsync(team));

        await _ledger.ResolveAsync(attempt, new HoldInput.Report(10));
        await PassAsync("2027-03-20T00:00:01Z");
        await _ledger.PostAsync(_ledger.Item(team, attempt, 10));
        await PassAsync("2027-03-20T00:00:02Z");
        Assert.Equal("0/0/0/10 over 0 of 10", (await _ledger.WalletAsync(team)).Line());
        Assert.Equal("100 left 0 returned 90 ended", await PeriodsAsync(team));
        await _ledger.VerifyAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true, "100 left 0 returned 20 ended; 50 left 50 returned 0 running", "50/0/0/80 over 0 of 130")]
    [InlineData(false, "100 left 0 returned 100 ended; 50 left 50 returned 0 running", "50/0/0/0 over 0 of 50")]
    public async Task What_leases_have_drawn_or_waits_in_suspense_at_the_end_is_not_paid_back_by_money_that_begins_then(bool spent, string periods, string wallet)
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(1_000);
        await PlanAsync(team, 50, Recurrence.Once, PeriodEnd.Return, startsAt: "2027-03-20T00:00:00Z", endsAt: "2027-03-30T00:00:00Z");
        await PassAsync("2027-03-10T12:00:01Z");
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        var attempt = Guid.CreateVersion7();
        await _ledger.HoldAsync(team, attempt, 80, sent: true);
        await _ledger.ResolveAsync(attempt, new HoldInput.Suspend("cut"));
        await PassAsync("2027-03-20T00:00:00Z");
        Assert.Equal("50/0/80/0 over 0 of 130", (await _ledger.WalletAsync(team)).Line());
        Assert.Equal("100 left 80 returned 20 ending; 50 left 50 returned 0 running", await PeriodsAsync(team));

        if (spent)
        {
            await _ledger.PostAsync(_ledger.Item(team, attempt, 80));
        }
        else
        {
            await _ledger.Get<Suspense.ReleaseSuspense>().RunAsync(
                new ReleaseSuspenseRequest { AttemptId = attempt.ToString(), Description = "never sent" }, "test", LedgerFixture.Token);
        }

        await PassAsync("2027-03-20T00:00:01Z");
        Assert.Equal(wallet, (await _ledger.WalletAsync(team)).Line());
        Assert.Equal(periods, await PeriodsAsync(team));
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task What_leases_have_drawn_at_a_months_end_is_the_old_months_when_it_is_posted()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(100_000);
        await PlanAsync(team, 10_000, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        var lease = new LeaseClient(_ledger, team);
        var granted = (await lease.AcquireAsync(400)).GrantedNanos;
        await lease.ReportAsync(returned: granted - 100, drawn: 100, open: 0, retired: true);
        await PassAsync("2027-04-01T00:00:00Z");
        Assert.Equal("10000/100/0/0 over 0 of 10100", (await _ledger.WalletAsync(team)).Line());

        await _ledger.PostAsync(lease.Item(100, bound: 100));
        await PassAsync("2027-04-01T00:00:01Z");
        Assert.Equal("10000/0/0/100 over 0 of 10100", (await _ledger.WalletAsync(team)).Line());
        Assert.Equal("10000 left 10000 returned 0 running; 10000 left 0 returned 9900 ended", await PeriodsAsync(team));
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_monthly_budget_begins_anew_with_each_month_of_its_zone_across_clock_changes()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(100_000);
        await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return, zone: "America/New_York");
        await PassAsync("2027-03-10T12:00:01Z");
        await SpendAsync(team, 400);

        // Midnight in New York was at 05:00 UTC in winter and is at 04:00 UTC since the 14th of March.
        await PassAsync("2027-04-01T03:59:59Z");
        Assert.Equal("600/0/0/400 over 0 of 1000", (await _ledger.WalletAsync(team)).Line());
        await PassAsync("2027-04-01T04:00:00Z");
        Assert.Equal("1000/0/0/400 over 0 of 1400", (await _ledger.WalletAsync(team)).Line());
        Assert.Equal(
            ["Allocation 1000 2027-04-01T04:00:00Z", "Expiry 600 2027-04-01T04:00:00Z", "Settlement 400 2027-03-10T12:00:01Z", "Allocation 1000 2027-03-10T12:00:00Z"],
            (await TransactionsAsync($"wal_{team}")).Select(Occurred));
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task What_was_missed_is_done_late_once_in_order_and_with_its_own_moment()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(100_000);
        await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return, startsAt: "2027-04-01T00:00:00Z");
        await AllocateAsync(team, 50, "2027-05-10T00:00:00Z", PeriodEnd.RollOver);
        await PassAsync("2027-06-02T00:00:00Z");

        Assert.Equal(
            [
                "Allocation 1000 2027-06-01T00:00:00Z", "Expiry 1000 2027-06-01T00:00:00Z", "Allocation 1000 2027-05-01T00:00:00Z",
                "Expiry 1000 2027-05-01T00:00:00Z", "Allocation 1000 2027-04-01T00:00:00Z", "Allocation 50 2027-03-10T12:00:00Z",
            ],
            (await TransactionsAsync($"wal_{team}")).Select(Occurred));
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Money_returns_up_the_tree_before_it_is_given_out_again()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.EmptyOrganisationAsync();
        await _ledger.CreditAsync(1_000);
        await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        await _ledger.UserAsync("ann");
        await PlanAsync(team, 300, Recurrence.Monthly, PeriodEnd.Return, user: "ann");
        await PassAsync("2027-03-10T12:00:02Z");
        Assert.Equal("700/0/0/0 over 0 of 1000", (await _ledger.WalletAsync(team)).Line());

        // At the month's end the user's 300 go to the team and with its 700 to the organisation; only so can the organisation give 1,000 again.
        await PassAsync("2027-04-01T00:00:00Z");
        Assert.Equal("700/0/0/0 over 0 of 1000", (await _ledger.WalletAsync(team)).Line());
        var kinds = (await TransactionsAsync($"wal_{team}")).Select(transfer => $"{transfer.Kind} {transfer.AmountNanos}").Take(4);
        Assert.Equal(["Allocation 300", "Allocation 1000", "Expiry 1000", "Expiry 300"], kinds);
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_months_turn_is_one_movement_that_leaves_nobody_without_money_and_tells_nobody_of_an_empty_wallet()
    {
        await _ledger.EmptyOrganisationAsync();
        await _ledger.CreditAsync(3_000);
        var teams = new[] { await _ledger.TeamWithAsync(0), await _ledger.TeamWithAsync(0) };
        await _ledger.UserAsync("ann");
        foreach (var team in teams)
        {
            await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return);
        }

        await PassAsync("2027-03-10T12:00:01Z");
        await PlanAsync(teams[0], 300, Recurrence.Monthly, PeriodEnd.Return, user: "ann");
        await PassAsync("2027-03-10T12:00:02Z");
        await SpendAsync(teams[1], 400);
        await PassAsync("2027-04-01T00:00:00Z");

        Assert.Equal("700/0/0/0 over 0 of 1000", (await _ledger.WalletAsync(teams[0])).Line());
        Assert.Equal("1000/0/0/400 over 0 of 1400", (await _ledger.WalletAsync(teams[1])).Line());
        var ann = $"wal_{teams[0]}.user.ann";
        foreach (var (wallet, turn) in new[] { ($"wal_{teams[0]}", "300,1000,1000,300"), ($"wal_{teams[1]}", "600,1000"), (ann, "300,300") })
        {
            // One transaction has one xmin: nobody sees what lies between.
            Assert.Equal(turn, await _ledger.ScalarAsync<string>(
                "SELECT string_agg(amount::text, ',' ORDER BY transfer_seq) FROM transfer WHERE $1 IN (from_wallet, to_wallet) AND occurred_at = '2027-04-01Z' GROUP BY xmin::text", wallet));
        }

        Assert.Equal(0, await _ledger.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE message_type SIMILAR TO '%(WalletLow|WalletExhausted)' AND body ->> 'walletId' <> 'wal_organisation'"));
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task An_allocation_that_needs_what_other_teams_return_begins_when_they_have()
    {
        await _ledger.EmptyOrganisationAsync();
        await _ledger.CreditAsync(1_000);
        var (first, second) = (await _ledger.TeamWithAsync(0), await _ledger.TeamWithAsync(0));
        await PlanAsync(first, 600, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        await AllocateAsync(second, 400, "2027-04-01T00:00:00Z", PeriodEnd.Return);
        await SpendAsync(first, 150);
        await PassAsync("2027-04-01T00:00:00Z");

        Assert.Equal("600/0/0/150 over 0 of 750", (await _ledger.WalletAsync(first)).Line());
        Assert.Equal("0/0/0/0 over 0 of 0", (await _ledger.WalletAsync(second)).Line());
        Assert.Equal((AllocationState.Planned, null), ((await OnlyAsync(first)).State, (await OnlyAsync(first)).WaitingSince));
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Several_allocations_of_one_wallet_at_one_moment_all_begin()
    {
        await _ledger.CreditAsync(10_000);
        var team = await _ledger.TeamWithAsync(0);
        await PlanAsync(team, 100, Recurrence.Once, PeriodEnd.Unspecified, startsAt: "2027-03-20T00:00:00Z");
        await PlanAsync(team, 200, Recurrence.Once, PeriodEnd.Return, startsAt: "2027-03-20T00:00:00Z", endsAt: "2027-03-25T00:00:00Z");
        await PlanAsync(team, 300, Recurrence.Once, PeriodEnd.RollOver, startsAt: "2027-03-20T00:00:00Z", endsAt: "2027-03-26T00:00:00Z");
        await AllocateAsync(team, 400, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        await PassAsync("2027-03-20T00:00:00Z");
        await SpendAsync(team, 50);
        Assert.Equal("550/0/0/50 over 0 of 600", (await _ledger.WalletAsync(team)).Line());
        await PassAsync("2027-03-25T00:00:00Z");
        Assert.Equal("400/0/0/50 over 0 of 450", (await _ledger.WalletAsync(team)).Line());
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_team_whose_leases_are_asked_back_keeps_no_other_team_from_its_turn()
    {
        await _ledger.CreditAsync(100_000);
        var (slow, quick) = (await _ledger.TeamWithAsync(0), await _ledger.TeamWithAsync(0));
        await PlanAsync(slow, 10_000, Recurrence.Monthly, PeriodEnd.Return);
        await PlanAsync(quick, 10_000, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        await SpendAsync(quick, 1_000);
        var lease = new LeaseClient(_ledger, slow);
        var granted = (await lease.AcquireAsync(400)).GrantedNanos;

        _ledger.Time.SetUtcNow(At("2027-04-01T00:00:00Z"));
        Assert.Equal((1, true), await _ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        Assert.Equal("10000/0/0/1000 over 0 of 11000", (await _ledger.WalletAsync(quick)).Line());
        Assert.Equal($"{10_000 - granted}/{granted}/0/0 over 0 of 10000", (await _ledger.WalletAsync(slow)).Line());
        await lease.ReportAsync(returned: granted, drawn: 0, open: 0, retired: true);
        Assert.Equal((1, false), await _ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        Assert.Equal("10000/0/0/0 over 0 of 10000", (await _ledger.WalletAsync(slow)).Line());
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_planned_allocation_waits_while_the_wallet_above_has_too_little()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.EmptyOrganisationAsync();
        await _ledger.CreditAsync(100);
        await PlanAsync(team, 150, Recurrence.Once, PeriodEnd.Unspecified, startsAt: "2027-03-11T00:00:00Z");
        await PassAsync("2027-03-11T00:00:05Z");
        var waiting = await OnlyAsync(team);
        Assert.Equal((AllocationState.Waiting, 50), (waiting.State, waiting.MissingNanos));
        Assert.Equal(At("2027-03-11T00:00:05Z"), waiting.WaitingSince.ToDateTimeOffset());
        var shown = await _ledger.Get<ReadWallets>().GetAsync($"wal_{team}", LedgerFixture.Token);
        Assert.Equal((150, true), (shown.Planned.Single().AmountNanos, shown.Planned.Single().Waiting));

        await PassAsync("2027-03-12T00:00:00Z");
        await _ledger.CreditAsync(50);
        await PassAsync("2027-03-12T00:00:01Z");
        Assert.Equal("Allocation 150 2027-03-11T00:00:00Z", Occurred((await TransactionsAsync($"wal_{team}")).Single()));
        Assert.Empty((await _ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { WalletId = $"wal_{team}" }, LedgerFixture.Token)).Allocations);
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cancelled_allocation_has_no_further_effect_but_its_period_ends_as_planned()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(100_000);
        var plan = await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        var cancelled = await CancelAsync(plan.AllocationId);
        Assert.Equal(("key_a", true), (cancelled.CancelledBy, cancelled.CancelledAt is not null));
        Assert.Equal(cancelled, await CancelAsync(plan.AllocationId, "key_b"));
        Assert.Equal((AllocationState.Cancelled, null), (cancelled.State, cancelled.DueAt));

        await PassAsync("2027-05-01T00:00:00Z");
        Assert.Equal("0/0/0/0 over 0 of 0", (await _ledger.WalletAsync(team)).Line());
        var done = await AllocateAsync(team, 5, "2027-06-01T00:00:00Z", PeriodEnd.Return);
        Assert.Equal(Reasons.AllocationDone, await HoldTests.TryAsync(async () => await CancelAsync((await OnlyAsync(team)).AllocationId)));
        Assert.Equal(Reasons.AllocationNotFound, await HoldTests.TryAsync(() => CancelAsync(done.TransferId)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_correction_of_an_allocation_ends_its_period()
    {
        var team = await _ledger.TeamWithAsync(20);
        var allocation = await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        await _ledger.Get<CorrectTransfer>().RunAsync(
            new CorrectRequest { TransferId = allocation.TransferId, IdempotencyKey = "c" }, "test", LedgerFixture.Token);
        await PassAsync("2027-03-21T00:00:00Z");

        Assert.Equal("20/0/0/0 over 0 of 20", (await _ledger.WalletAsync(team)).Line());
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_correction_of_money_without_an_end_leaves_what_ends_as_it_was()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(10_000);
        await AllocateAsync(team, 1_000, "2027-04-01T00:00:00Z", PeriodEnd.Return);
        var mistake = await _ledger.AllocateAsync(team, 5_000);
        await _ledger.Get<CorrectTransfer>().RunAsync(new CorrectRequest { TransferId = mistake.TransferId, IdempotencyKey = "c" }, "test", LedgerFixture.Token);
        Assert.Equal("1000 left 1000 returned 0 running", await PeriodsAsync(team));
        await PassAsync("2027-04-01T00:00:00Z");

        Assert.Equal("1000 left 0 returned 1000 ended", await PeriodsAsync(team));
        Assert.Equal("0/0/0/0 over 0 of 0", (await _ledger.WalletAsync(team)).Line());
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task The_earliest_end_that_takes_money_away_is_the_wallets_boundary()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(1_000);
        await AllocateAsync(team, 10, "2027-03-12T00:00:00Z", PeriodEnd.RollOver);
        await AllocateAsync(team, 10, "2027-03-15T00:00:00Z", PeriodEnd.Return);
        await AllocateAsync(team, 10, "2027-03-14T00:00:00Z", PeriodEnd.Return);
        Assert.Equal("2027-03-14T00:00:00Z", await BoundaryAsync(team));
        await PassAsync("2027-03-14T00:00:00Z");
        Assert.Equal("2027-03-15T00:00:00Z", await BoundaryAsync(team));
        await PassAsync("2027-03-15T00:00:00Z");
        Assert.Equal("", await BoundaryAsync(team));
    }

    [Fact(Timeout = 60_000)]
    public async Task Leases_are_asked_back_before_a_period_takes_money_away()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(100_000);
        var lease = new LeaseClient(_ledger, team);
        await AllocateAsync(team, 10_000, "2027-03-25T00:00:00Z", PeriodEnd.Return);
        var granted = (await lease.AcquireAsync(400)).GrantedNanos;
        Assert.Equal("2027-03-25T00:00:00Z", await LeaseEndAsync(lease.Id));
        await AllocateAsync(team, 1, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        Assert.Equal("2027-03-20T00:00:00Z", await LeaseEndAsync(lease.Id));

        _ledger.Time.SetUtcNow(At("2027-03-20T00:00:00Z"));
        Assert.Equal((0, true), await _ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        await lease.ReportAsync(returned: granted, drawn: 0, open: 0, retired: true);
        Assert.Equal((1, false), await _ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        Assert.Equal("10000/0/0/0 over 0 of 10000", (await _ledger.WalletAsync(team)).Line());
        Assert.Equal(LeaseOutcome.UseHolds, (await NewLeaseAsync(team, "2027-03-25T00:00:00Z")).Outcome);
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_silent_holder_has_returns_when_it_is_back()
    {
        var team = await _ledger.TeamWithAsync(0);
        await _ledger.CreditAsync(100_000);
        await AllocateAsync(team, 10_000, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        var lease = new LeaseClient(_ledger, team);
        var granted = (await lease.AcquireAsync(400)).GrantedNanos;
        _ledger.Time.SetUtcNow(At("2027-03-20T00:00:00Z"));
        await Eventually.TrueAsync(
            async () => (await _ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token)).Done == 1, TimeSpan.FromSeconds(20), "the recall to time out");
        Assert.Equal($"10000 left {granted} returned {10_000 - granted} ending", await PeriodsAsync(team));

        await lease.ReportAsync(returned: granted - 10, drawn: 10, open: 0, retired: true);
        await _ledger.PostAsync(lease.Item(10, bound: 10));
        await PassAsync("2027-03-20T00:00:01Z");
        Assert.Equal("10000 left 0 returned 9990 ended", await PeriodsAsync(team));
        Assert.Equal("0/0/0/10 over 0 of 10", (await _ledger.WalletAsync(team)).Line());
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task Replicas_at_once_make_each_allocation_once_and_in_order()
    {
        var teams = new List<string>();
        await _ledger.CreditAsync(100_000);
        for (var i = 0; i < 6; i++)
        {
            teams.Add(await _ledger.TeamWithAsync(0));
            await PlanAsync(teams[i], 10 + i, Recurrence.Monthly, PeriodEnd.Return, startsAt: "2027-03-20T00:00:00Z");
        }

        _ledger.Time.SetUtcNow(At("2027-06-15T00:00:00Z"));
        var replicas = Enumerable.Range(0, 4).Select(_ => new PeriodScheduler(
            _ledger.Get<LedgerDatabase>(), _ledger.Get<DueStore>(), _ledger.Get<LeaseRecall>(), _ledger.Get<SchedulerSignal>(), Options.Create(new AllocationOptions()),
            _ledger.Get<WalletMetrics>(), _ledger.Time, NullLogger<PeriodScheduler>.Instance)).ToList();
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
            Assert.Equal($"{10 + i}/0/0/0 over 0 of {10 + i}", (await _ledger.WalletAsync(team)).Line());
        }

        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task An_allocation_in_a_zone_that_this_machine_does_not_know_stands_and_others_go_on()
    {
        var (lost, good) = (await _ledger.TeamWithAsync(0), await _ledger.TeamWithAsync(0));
        await _ledger.CreditAsync(100_000);
        var plan = await PlanAsync(lost, 1_000, Recurrence.Monthly, PeriodEnd.Return, startsAt: "2027-03-20T00:00:00Z");
        await PlanAsync(good, 1_000, Recurrence.Monthly, PeriodEnd.Return, startsAt: "2027-03-21T00:00:00Z");
        await _ledger.ExecuteAsync("UPDATE allocation SET time_zone = 'Nowhere/Here' WHERE allocation_id = $1", Guid.Parse(plan.AllocationId));
        await PassAsync("2027-03-21T00:00:00Z");
        Assert.Equal("0/0/0/0 over 0 of 0", (await _ledger.WalletAsync(lost)).Line());
        Assert.Equal("1000/0/0/0 over 0 of 1000", (await _ledger.WalletAsync(good)).Line());

        await _ledger.ExecuteAsync("UPDATE allocation SET time_zone = 'Europe/Berlin' WHERE allocation_id = $1", Guid.Parse(plan.AllocationId));
        await PassAsync("2027-03-21T00:00:01Z");
        Assert.Equal("1000/0/0/0 over 0 of 1000", (await _ledger.WalletAsync(lost)).Line());
        await _ledger.VerifyAsync();
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
        var team = await _ledger.TeamWithAsync(0);
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => PlanAsync(team, 5, recurrence, atEnd, startsAt, endsAt, zone));
        Assert.Contains(complaint, error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty((await _ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { All = true }, LedgerFixture.Token)).Allocations);
    }

    private async Task PassAsync(string moment)
    {
        _ledger.Time.SetUtcNow(At(moment));
        await _ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token);
    }

    private Task<bool> SpendAsync(string team, long cost) => _ledger.PostAsync(_ledger.Item(team, Guid.CreateVersion7(), cost, FundingClass.External));

    private Task<Transfer> AllocateAsync(string team, long amount, string endsAt, PeriodEnd atEnd) => _ledger.Get<AllocateFunds>().RunAsync(
        new AllocateRequest
        {
            TeamId = team, AmountNanos = amount, Currency = "USD", EndsAt = At(endsAt).ToTimestampUtc(), AtEnd = atEnd, IdempotencyKey = Guid.CreateVersion7().ToString(),
        }, "test", LedgerFixture.Token);

    private Task<Allocation> PlanAsync(
        string team, long amount, Recurrence recurrence, PeriodEnd atEnd, string? startsAt = null, string? endsAt = null, string zone = "", string user = "") =>
        _ledger.Get<PlanAllocation>().RunAsync(
            new PlanAllocationRequest
            {
                TeamId = team, UserId = user, AmountNanos = amount, Currency = "USD", Recurrence = recurrence, AtEnd = atEnd, TimeZone = zone,
                StartsAt = startsAt is null ? null : At(startsAt).ToTimestampUtc(), EndsAt = endsAt is null ? null : At(endsAt).ToTimestampUtc(),
                IdempotencyKey = Guid.CreateVersion7().ToString(),
            }, "test", LedgerFixture.Token);

    private Task<Allocation> CancelAsync(string allocation, string actor = "key_a") =>
        _ledger.Get<CancelAllocation>().RunAsync(new CancelAllocationRequest { AllocationId = allocation }, actor, LedgerFixture.Token);

    private async Task<Allocation> OnlyAsync(string team) =>
        (await _ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { WalletId = $"wal_{team}" }, LedgerFixture.Token)).Allocations.Single();

    private async Task<string> PeriodsAsync(string team)
    {
        var all = await _ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { WalletId = $"wal_{team}", All = true }, LedgerFixture.Token);
        return string.Join("; ", all.Allocations.SelectMany(allocation => allocation.Periods).Select(period =>
            $"{period.AmountNanos} left {period.RemainingNanos} returned {period.ReturnedNanos} {(period.Ended ? "ended" : period.Ending ? "ending" : "running")}"));
    }

    private async Task<IReadOnlyList<Transfer>> TransactionsAsync(string wallet) =>
        (await _ledger.Get<ListTransactions>().RunAsync(new ListTransactionsRequest { WalletId = wallet }, LedgerFixture.Token)).Transactions;

    private async Task<string> BoundaryAsync(string team) => await _ledger.ScalarAsync<object>("SELECT boundary_at FROM wallet WHERE wallet_id = $1", $"wal_{team}")
        is DateTime boundary ? Text(new DateTimeOffset(boundary)) : "";

    private async Task<string> LeaseEndAsync(Guid lease) =>
        Text(new DateTimeOffset(await _ledger.ScalarAsync<DateTime>("SELECT ends_at FROM lease WHERE lease_id = $1", lease)));

    /// <summary>A lease that is asked for when the wallet's boundary has passed.</summary>
    private Task<AcquireLeaseResponse> NewLeaseAsync(string team, string moment)
    {
        _ledger.Time.SetUtcNow(At(moment));
        return new LeaseClient(_ledger, team, "gateway-2").AcquireAsync(400);
    }

    private static string Occurred(Transfer transfer) => $"{transfer.Kind} {transfer.AmountNanos} {Text(transfer.OccurredAt.ToDateTimeOffset())}";

    private static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
