using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Allocations;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>What ends and begins at one moment, in the wallets of one team and of several (decision 0123).</summary>
public sealed class TurnTests : AllocationCase
{
    [Fact(Timeout = 300_000)]
    public async Task Money_returns_up_the_tree_before_it_is_given_out_again()
    {
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.EmptyOrganisationAsync();
        await Ledger.CreditAsync(1_000);
        await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        await Ledger.UserAsync("ann");
        await PlanAsync(team, 300, Recurrence.Monthly, PeriodEnd.Return, user: "ann");
        await PassAsync("2027-03-10T12:00:02Z");
        Assert.Equal("700/0/0/0 over 0 of 1000", (await Ledger.WalletAsync(team)).Line());

        // At the month's end the user's 300 go to the team and with its 700 to the organisation; only so can the organisation give 1,000 again.
        await PassAsync("2027-04-01T00:00:00Z");
        Assert.Equal("700/0/0/0 over 0 of 1000", (await Ledger.WalletAsync(team)).Line());
        var kinds = (await TransactionsAsync($"wal_{team}")).Select(transfer => $"{transfer.Kind} {transfer.AmountNanos}").Take(4);
        Assert.Equal(["Allocation 300", "Allocation 1000", "Expiry 1000", "Expiry 300"], kinds);
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_months_turn_is_one_movement_that_leaves_nobody_without_money_and_tells_nobody_of_an_empty_wallet()
    {
        await Ledger.EmptyOrganisationAsync();
        await Ledger.CreditAsync(3_000);
        var teams = new[] { await Ledger.TeamWithAsync(0), await Ledger.TeamWithAsync(0) };
        await Ledger.UserAsync("ann");
        foreach (var team in teams)
        {
            await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return);
        }

        await PassAsync("2027-03-10T12:00:01Z");
        await PlanAsync(teams[0], 300, Recurrence.Monthly, PeriodEnd.Return, user: "ann");
        await PassAsync("2027-03-10T12:00:02Z");
        await SpendAsync(teams[1], 400);
        await PassAsync("2027-04-01T00:00:00Z");

        Assert.Equal("700/0/0/0 over 0 of 1000", (await Ledger.WalletAsync(teams[0])).Line());
        Assert.Equal("1000/0/0/400 over 0 of 1400", (await Ledger.WalletAsync(teams[1])).Line());
        var ann = $"wal_{teams[0]}.user.ann";
        foreach (var (wallet, turn) in new[] { ($"wal_{teams[0]}", "300,1000,1000,300"), ($"wal_{teams[1]}", "600,1000"), (ann, "300,300") })
        {
            // One transaction has one xmin: nobody sees what lies between.
            Assert.Equal(turn, await Ledger.ScalarAsync<string>(
                "SELECT string_agg(amount::text, ',' ORDER BY transfer_seq) FROM transfer WHERE $1 IN (from_wallet, to_wallet) AND occurred_at = '2027-04-01Z' GROUP BY xmin::text", wallet));
        }

        Assert.Equal(0, await Ledger.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE message_type SIMILAR TO '%(WalletLow|WalletExhausted)' AND body ->> 'walletId' <> 'wal_organisation'"));
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task An_allocation_that_needs_what_other_teams_return_begins_when_they_have()
    {
        await Ledger.EmptyOrganisationAsync();
        await Ledger.CreditAsync(1_000);
        var (first, second) = (await Ledger.TeamWithAsync(0), await Ledger.TeamWithAsync(0));
        await PlanAsync(first, 600, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        await AllocateAsync(second, 400, "2027-04-01T00:00:00Z", PeriodEnd.Return);
        await SpendAsync(first, 150);
        await PassAsync("2027-04-01T00:00:00Z");

        Assert.Equal("600/0/0/150 over 0 of 750", (await Ledger.WalletAsync(first)).Line());
        Assert.Equal("0/0/0/0 over 0 of 0", (await Ledger.WalletAsync(second)).Line());
        Assert.Equal((AllocationState.Planned, null), ((await OnlyAsync(first)).State, (await OnlyAsync(first)).WaitingSince));
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_team_that_has_nothing_to_return_begins_behind_all_that_have_and_waits_for_none()
    {
        await Ledger.EmptyOrganisationAsync();
        await Ledger.CreditAsync(1_000);
        var (first, second) = (await Ledger.TeamWithAsync(0), await Ledger.TeamWithAsync(0));

        // Planned first, and due at the moment at which the other team's money returns.
        await PlanAsync(second, 900, Recurrence.Once, PeriodEnd.Unspecified, startsAt: "2027-04-01T00:00:00Z");
        Ledger.Time.Advance(TimeSpan.FromSeconds(1));
        await AllocateAsync(first, 1_000, "2027-04-01T00:00:00Z", PeriodEnd.Return);
        Ledger.Time.SetUtcNow(At("2027-04-01T00:00:00Z"));
        Assert.Equal((2, false), await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));

        Assert.Equal("900/0/0/0 over 0 of 900", (await Ledger.WalletAsync(second)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task An_allocation_is_not_said_to_wait_while_a_team_is_asked_for_what_it_has_to_return()
    {
        await Ledger.EmptyOrganisationAsync();
        await Ledger.CreditAsync(10_000);
        var (slow, next) = (await Ledger.TeamWithAsync(0), await Ledger.TeamWithAsync(0));
        await PlanAsync(next, 9_000, Recurrence.Once, PeriodEnd.Unspecified, startsAt: "2027-04-01T00:00:00Z");
        await AllocateAsync(next, 500, "2027-04-01T00:00:00Z", PeriodEnd.Return);
        Ledger.Time.Advance(TimeSpan.FromSeconds(1));
        await AllocateAsync(slow, 9_500, "2027-04-01T00:00:00Z", PeriodEnd.Return);
        var lease = new LeaseClient(Ledger, slow);
        var granted = (await lease.AcquireAsync(400)).GrantedNanos;

        Ledger.Time.SetUtcNow(At("2027-04-01T00:00:00Z"));
        Assert.True((await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token)).Waits);
        Assert.Equal((AllocationState.Planned, null), ((await OnlyAsync(next)).State, (await OnlyAsync(next)).WaitingSince));

        await lease.ReportAsync(returned: granted, drawn: 0, open: 0, retired: true);
        Assert.False((await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token)).Waits);
        Assert.Equal("9000/0/0/0 over 0 of 9000", (await Ledger.WalletAsync(next)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_taken_back_or_cancelled_while_a_turn_waited_for_the_wallets_is_not_done()
    {
        await Ledger.CreditAsync(10_000);
        var team = await Ledger.TeamWithAsync(0);
        await AllocateAsync(team, 500, "2027-04-01T00:00:00Z", PeriodEnd.Return);
        await PlanAsync(team, 900, Recurrence.Once, PeriodEnd.Unspecified, startsAt: "2027-04-01T00:00:00Z");
        Ledger.Time.SetUtcNow(At("2027-04-01T00:00:00Z"));

        await using var connection = await Ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        await using var transaction = await connection.BeginTransactionAsync(LedgerFixture.Token);
        await DoAsync("SELECT FROM wallet FOR UPDATE");
        var turn = Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token);
        await Eventually.TrueAsync(
            () => Ledger.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"), TimeSpan.FromSeconds(30), "the turn to wait");
        await DoAsync("UPDATE allocation_period SET state = 3, remaining = 0, ended_at = now() WHERE ends_at IS NOT NULL");
        await DoAsync("UPDATE allocation SET state = 4, due_at = NULL WHERE state = 1");
        await transaction.CommitAsync(LedgerFixture.Token);
        await turn;

        Assert.Equal("500/0/0/0 over 0 of 500", (await Ledger.WalletAsync(team)).Line());
        Assert.Equal("Allocation", Assert.Single((await TransactionsAsync($"wal_{team}")).Select(transfer => $"{transfer.Kind}")));

        async Task DoAsync(string sql)
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(LedgerFixture.Token);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Several_allocations_of_one_wallet_at_one_moment_all_begin()
    {
        await Ledger.CreditAsync(10_000);
        var team = await Ledger.TeamWithAsync(0);
        await PlanAsync(team, 100, Recurrence.Once, PeriodEnd.Unspecified, startsAt: "2027-03-20T00:00:00Z");
        await PlanAsync(team, 200, Recurrence.Once, PeriodEnd.Return, startsAt: "2027-03-20T00:00:00Z", endsAt: "2027-03-25T00:00:00Z");
        await PlanAsync(team, 300, Recurrence.Once, PeriodEnd.RollOver, startsAt: "2027-03-20T00:00:00Z", endsAt: "2027-03-26T00:00:00Z");
        await AllocateAsync(team, 400, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        await PassAsync("2027-03-20T00:00:00Z");
        await SpendAsync(team, 50);
        Assert.Equal("550/0/0/50 over 0 of 600", (await Ledger.WalletAsync(team)).Line());
        await PassAsync("2027-03-25T00:00:00Z");
        Assert.Equal("400/0/0/50 over 0 of 450", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Theory(Timeout = 300_000)]
    [InlineData(PeriodEnd.Return, "0/0/80/0 over 0 of 80", "0/0/0/80 over 0 of 80")]
    [InlineData(PeriodEnd.RollOver, "20/0/80/0 over 0 of 100", "20/0/0/80 over 0 of 100")]
    public async Task What_waits_in_suspense_is_kept_back_once_of_several_periods_that_end_at_one_moment(PeriodEnd first, string atEnd, string posted)
    {
        await Ledger.CreditAsync(10_000);
        var team = await Ledger.TeamWithAsync(0);
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", first);
        Ledger.Time.Advance(TimeSpan.FromSeconds(1));
        await AllocateAsync(team, 60, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        var attempt = Guid.CreateVersion7();
        await Ledger.HoldAsync(team, attempt, 80, sent: true);
        await Ledger.ResolveAsync(attempt, new HoldInput.Suspend("cut"));
        await PassAsync("2027-03-20T00:00:00Z");
        Assert.Equal(atEnd, (await Ledger.WalletAsync(team)).Line());

        await Ledger.PostAsync(Ledger.Item(team, attempt, 80));
        await PassAsync("2027-03-20T00:00:01Z");
        Assert.Equal(posted, (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_an_earlier_period_keeps_back_does_not_delay_what_a_later_one_returns()
    {
        await Ledger.CreditAsync(10_000);
        var team = await Ledger.TeamWithAsync(0);
        await AllocateAsync(team, 100, "2027-03-20T00:00:00Z", PeriodEnd.Return);
        await AllocateAsync(team, 60, "2027-03-25T00:00:00Z", PeriodEnd.Return);
        var (suspended, flying) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Ledger.HoldAsync(team, suspended, 80, sent: true);
        await Ledger.ResolveAsync(suspended, new HoldInput.Suspend("cut"));
        await Ledger.HoldAsync(team, flying, 70, sent: true);
        await PassAsync("2027-03-25T00:00:00Z");
        Assert.Equal("0/70/80/0 over 0 of 150", (await Ledger.WalletAsync(team)).Line());

        // What comes back from the call in flight is the later period's, while the earlier one's is still in suspense.
        await Ledger.PostAsync(Ledger.Item(team, flying, 30));
        await PassAsync("2027-03-25T00:00:01Z");
        Assert.Equal("0/0/80/30 over 0 of 110", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_a_wallet_below_returns_ends_with_the_month_that_it_came_from_though_a_call_outlasted_the_month_before()
    {
        await Ledger.CreditAsync(10_000);
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.UserAsync("ann");
        await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return);
        await PlanAsync(team, 250, Recurrence.Monthly, PeriodEnd.Return, user: "ann");
        await PassAsync("2027-03-10T12:00:01Z");
        var attempt = Guid.CreateVersion7();
        await Ledger.HoldAsync(team, attempt, 40, sent: true);
        await PassAsync("2027-04-01T00:00:00Z");
        Assert.Equal("710/40/0/0 over 0 of 1000", (await Ledger.WalletAsync(team)).Line());

        await Ledger.PostAsync(Ledger.Item(team, attempt, 0));
        await PassAsync("2027-05-01T00:00:00Z");
        Assert.Equal("750/0/0/0 over 0 of 1000", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Theory(Timeout = 300_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_wallet_below_returns_when_the_month_is_over_is_nobodys_in_the_next_one(bool alsoOfTheTeam)
    {
        await Ledger.EmptyOrganisationAsync();
        await Ledger.CreditAsync(10_000);
        var (team, user, held) = (await Ledger.TeamWithAsync(0), "ann", alsoOfTheTeam ? 30 : 0);
        await Ledger.UserAsync(user);
        await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return);
        await PlanAsync(team, 250, Recurrence.Monthly, PeriodEnd.Return, user: user);
        await PassAsync("2027-03-10T12:00:01Z");
        var (ofTeam, ofUser) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Assert.Equal(HoldOutcome.Held, await Ledger.HoldAsync(team, ofUser, 40, sent: true, user));
        if (alsoOfTheTeam)
        {
            Assert.Equal(HoldOutcome.Held, await Ledger.HoldAsync(team, ofTeam, held, sent: true));
        }

        // The user's 40 that the call holds are of March: the month's own money makes up for them at once, and nobody has them in April.
        await PassAsync("2027-04-01T00:00:00Z");
        Assert.Equal($"{750 - held}/{held}/0/0, 210/40/0/0, 9000/0/0/0", await LinesAsync());

        await Ledger.PostAsync(Ledger.Item(team, ofUser, 15) with { UserId = user });
        if (alsoOfTheTeam)
        {
            await Ledger.PostAsync(Ledger.Item(team, ofTeam, held));
        }

        await PassAsync("2027-04-02T00:00:00Z");
        Assert.Equal($"{750 - held}/0/0/0, 235/0/0/0, 9000/0/0/0", await LinesAsync());
        foreach (var month in new[] { "2027-05-01T00:00:00Z", "2027-06-01T00:00:00Z" })
        {
            await PassAsync(month);
            Assert.Equal($"750/0/0/0, 250/0/0/0, {9_000 - 15 - held}/0/0/0", await LinesAsync());
        }

        await Ledger.VerifyAsync();

        async Task<string> LinesAsync() => await Ledger.ScalarAsync<string>(
            "SELECT string_agg(concat(available, '/', held, '/', suspense, '/', overage), ', ' ORDER BY wallet_id LIKE '%organisation', wallet_id) FROM wallet WHERE wallet_id IN ($1, $2, 'wal_organisation')",
            $"wal_{team}", $"wal_{team}.user.{user}");
    }

    [Theory(Timeout = 300_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_reclaimed_or_corrected_ends_with_the_period_that_it_came_from(bool corrected)
    {
        await Ledger.CreditAsync(10_000);
        var team = await Ledger.TeamWithAsync(0);
        await Ledger.UserAsync("ann");
        await AllocateAsync(team, 1_000, "2027-03-30T00:00:00Z", PeriodEnd.Return);
        var given = await Ledger.Get<AllocateFunds>().RunAsync(
            new AllocateRequest { TeamId = team, UserId = "ann", AmountNanos = 600, Currency = "USD", IdempotencyKey = "given" }, "test", LedgerFixture.Token);

        // Settles whose money went.
        await AllocateAsync(team, 50, "2027-04-30T00:00:00Z", PeriodEnd.RollOver);
        if (corrected)
        {
            await Ledger.Get<CorrectTransfer>().RunAsync(
                new CorrectRequest { TransferId = given.TransferId, IdempotencyKey = "back" }, "test", LedgerFixture.Token);
        }
        else
        {
            await ReclaimAsync(team, "ann", 600);
        }

        await PassAsync("2027-03-30T00:00:00Z");
        Assert.Equal("50/0/0/0 over 0 of 50", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_comes_back_goes_first_to_what_it_was_taken_from_first()
    {
        await Ledger.CreditAsync(10_000);
        var (team, user) = (await Ledger.TeamWithAsync(0), "ann");
        await Ledger.UserAsync(user);
        await AllocateAsync(team, 1_000, "2027-03-30T00:00:00Z", PeriodEnd.Return);
        await Ledger.Get<AllocateFunds>().RunAsync(
            new AllocateRequest { TeamId = team, UserId = user, AmountNanos = 600, Currency = "USD", IdempotencyKey = "given" }, "test", LedgerFixture.Token);
        await AllocateAsync(team, 50, "2027-04-30T00:00:00Z", PeriodEnd.RollOver);
        await SpendAsync(team, 450);

        // Settles that all of both is gone. The 600 were of the money that must return, and none of them rolls over.
        await AllocateAsync(team, 10, "2027-05-30T00:00:00Z", PeriodEnd.RollOver);
        await ReclaimAsync(team, user, 600);
        await PassAsync("2027-03-30T00:00:00Z");
        Assert.Equal("10/0/0/450 over 0 of 460", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_comes_back_makes_nothing_good_that_a_month_spent_that_is_over()
    {
        await Ledger.CreditAsync(10_000);
        var (team, user) = (await Ledger.TeamWithAsync(0), "ann");
        await Ledger.UserAsync(user);
        await PlanAsync(team, 1_000, Recurrence.Monthly, PeriodEnd.Return);
        await PlanAsync(team, 250, Recurrence.Monthly, PeriodEnd.Return, user: user);
        await PassAsync("2027-03-10T12:00:01Z");
        var attempt = Guid.CreateVersion7();
        await Ledger.HoldAsync(team, attempt, 40, sent: true);
        await Ledger.ResolveAsync(attempt, new HoldInput.Suspend("cut"));
        await PassAsync("2027-04-01T00:00:00Z");
        Assert.Equal("750/0/40/0 over 0 of 1040", (await Ledger.WalletAsync(team)).Line());

        // March has spent its 40, but the calendar has not seen it when the user's money comes back.
        await Ledger.PostAsync(Ledger.Item(team, attempt, 40));
        await ReclaimAsync(team, user, 250);
        await PassAsync("2027-04-01T00:00:01Z");
        Assert.Equal("1000/0/0/40 over 0 of 1040", (await Ledger.WalletAsync(team)).Line());
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_team_whose_leases_are_asked_back_keeps_no_other_team_from_its_turn()
    {
        await Ledger.CreditAsync(100_000);
        var (slow, quick) = (await Ledger.TeamWithAsync(0), await Ledger.TeamWithAsync(0));
        await PlanAsync(slow, 10_000, Recurrence.Monthly, PeriodEnd.Return);
        await PlanAsync(quick, 10_000, Recurrence.Monthly, PeriodEnd.Return);
        await PassAsync("2027-03-10T12:00:01Z");
        await SpendAsync(quick, 1_000);
        var lease = new LeaseClient(Ledger, slow);
        var granted = (await lease.AcquireAsync(400)).GrantedNanos;

        Ledger.Time.SetUtcNow(At("2027-04-01T00:00:00Z"));
        Assert.Equal((1, true), await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        Assert.Equal("10000/0/0/1000 over 0 of 11000", (await Ledger.WalletAsync(quick)).Line());
        Assert.Equal($"{10_000 - granted}/{granted}/0/0 over 0 of 10000", (await Ledger.WalletAsync(slow)).Line());
        await lease.ReportAsync(returned: granted, drawn: 0, open: 0, retired: true);
        Assert.Equal((1, false), await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token));
        Assert.Equal("10000/0/0/0 over 0 of 10000", (await Ledger.WalletAsync(slow)).Line());
        await Ledger.VerifyAsync();
    }
    private Task<Transfer> ReclaimAsync(string team, string user, long amount) => Ledger.Get<ReclaimFunds>().RunAsync(
        new ReclaimRequest { TeamId = team, UserId = user, AmountNanos = amount, Currency = "USD", IdempotencyKey = "back" }, "test", LedgerFixture.Token);
}
