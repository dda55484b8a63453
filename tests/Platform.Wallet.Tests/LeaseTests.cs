using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;
using Platform.Wallet.Suspense;

namespace Platform.Wallet.Tests;

public sealed class LeaseTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task A_lease_is_granted_topped_up_posted_and_closed_with_every_nano_told()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);

        Assert.Equal("Granted 400", Text(await lease.AcquireAsync(400)));
        Assert.Equal("9600/400/0/0 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(400, (await ledger.WalletAsync(team)).LeasedUndrawnNanos);

        var toppedUp = await lease.AcquireAsync(400, known: 400, drawn: 250, open: 50);
        Assert.Equal("Granted 700", Text(toppedUp));
        Assert.Equal(400, (await ledger.WalletAsync(team)).LeasedUndrawnNanos);

        await ledger.PostAsync(lease.Item(7, bound: 10), lease.Item(12, bound: 10), lease.Item(0, bound: 10));
        Assert.Equal("9300/683/0/19 over 2 of 10000", (await ledger.WalletAsync(team)).Line());

        var report = await lease.ReportAsync(returned: 100, drawn: 317, open: 0, retired: true);
        Assert.Equal((LeaseState.Retired, 383L, 300L, 0), (report.Lease.State, report.Lease.ReturnedNanos, report.Lease.HeldNanos, report.TtlSeconds));
        Assert.Equal(toppedUp.ScopesRevision, report.ScopesRevision);

        // As a new cap does.
        var changed = await ledger.ScalarAsync<long>("UPDATE lease_scopes SET revision = revision + 1 RETURNING revision");
        Assert.Equal(changed, (await lease.ReportAsync(returned: 383, drawn: 317, open: 0, retired: true)).ScopesRevision);

        var closed = await lease.CloseAsync(317);
        Assert.Equal((LeaseState.Closed, 300L), (closed.State, closed.HeldNanos));
        await ledger.PostAsync(lease.Item(300, bound: 300));
        Assert.Equal("9681/0/0/319 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(LeaseState.Ended, (await lease.CloseAsync(317)).State);
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Balance_that_does_not_move_because_leases_have_it_is_told_with_how_it_comes_back()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(400);

        var refused = await Assert.ThrowsAsync<RpcException>(() => ReclaimAsync(10_000));
        Assert.Equal(Reasons.InsufficientFunds, RpcErrors.ReasonOf(refused));
        Assert.Contains("0.0000096 USD available", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("Leases have 0.0000004 more of its balance ready for calls", refused.Status.Detail, StringComparison.Ordinal);

        // Drawn for calls it is in no balance any more, and is not promised back.
        await lease.ReportAsync(returned: 0, drawn: 400, open: 0);
        refused = await Assert.ThrowsAsync<RpcException>(() => ReclaimAsync(10_000));
        Assert.DoesNotContain("Leases", refused.Status.Detail, StringComparison.Ordinal);

        Task<Transfer> ReclaimAsync(long amount) => ledger.Get<ReclaimFunds>().RunAsync(
            new ReclaimRequest { TeamId = team, AmountNanos = amount, Currency = "USD", IdempotencyKey = Guid.NewGuid().ToString() }, "key_test", LedgerFixture.Token);
    }

    [Fact(Timeout = 300_000)]
    public async Task Transfers_of_a_posting_name_attempt_record_and_lease()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(400);
        var item = lease.Item(12, bound: 10);
        await ledger.PostAsync(item);

        var transfers = (await ledger.Get<ListTransactions>().RunAsync(
            new ListTransactionsRequest { WalletId = WalletAccounts.IdOf(team), PageSize = 2 }, LedgerFixture.Token)).Transactions;

        Assert.Equal([TransferKind.Overage, TransferKind.Settlement], transfers.Select(transfer => transfer.Kind));
        Assert.All(transfers, transfer => Assert.Equal((item.AttemptId.ToString(), lease.Id.ToString()), (transfer.AttemptId, transfer.LeaseId)));
        Assert.Equal(2, await ledger.ScalarAsync<long>("SELECT count(*) FROM transfer WHERE posting_id = $1", item.RecordId));
    }

    [Fact(Timeout = 300_000)]
    public async Task Concurrent_repeats_of_one_request_grant_once()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => lease.AcquireAsync(400)));

        Assert.Single(answers, answer => answer.Outcome == LeaseOutcome.Granted);
        Assert.All(answers, answer => Assert.Equal((400, lease.Id.ToString(), 30), (answer.GrantedNanos, answer.LeaseId, answer.TtlSeconds)));
        Assert.Equal("9600/400/0/0 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task Holders_at_two_replicas_together_never_get_more_than_there_is()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var replicas = new[] { ledger.NewReplica(), ledger.NewReplica() };
        var leases = Enumerable.Range(0, 12).Select(index => new LeaseClient(ledger, team, $"gateway-{index}", replicas[index % 2])).ToArray();

        var answers = await Task.WhenAll(leases.Select(lease => lease.AcquireAsync(400)));

        var wallet = await ledger.WalletAsync(team);
        Assert.Equal(answers.Sum(answer => answer.GrantedNanos), wallet.HeldNanos);
        Assert.Equal(1_000, wallet.AvailableNanos + wallet.HeldNanos);
        Assert.All(answers.Where(answer => answer.Outcome != LeaseOutcome.Granted), answer => Assert.Equal(LeaseOutcome.UseHolds, answer.Outcome));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_second_lease_of_one_holder_and_scope_is_answered_with_the_first()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var first = new LeaseClient(ledger, team);
        await first.AcquireAsync(400);

        var answer = await new LeaseClient(ledger, team).AcquireAsync(400, user: "usr_none");

        Assert.Equal((LeaseOutcome.Unchanged, first.Id.ToString(), 400L, "wal_" + team), (answer.Outcome, answer.LeaseId, answer.GrantedNanos, answer.Scope));
        Assert.Equal(LeaseOutcome.ExistsDifferent, (await new LeaseClient(ledger, team, "gateway-2") { Id = first.Id }.AcquireAsync(400)).Outcome);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_users_wallet_is_charged_before_an_applications_and_that_before_the_teams()
    {
        var team = await ledger.TeamWithAsync(10_000);
        foreach (var (user, application) in new[] { ("ann", ""), ("", "app_bot") })
        {
            await ledger.ScalarAsync<long>(
                """
                WITH made AS (
                    INSERT INTO wallet (wallet_id, team_id, user_id, application_id, parent_id, name, currency, created_at)
                    VALUES ($1, $2, nullif($3, ''), nullif($4, ''), $5, 'x', 'USD', now()) RETURNING 1)
                SELECT count(*) FROM made
                """,
                WalletAccounts.IdOf(team, user, application), team, user, application, WalletAccounts.IdOf(team));
        }

        Assert.Equal($"wal_{team}.user.ann", (await new LeaseClient(ledger, team).AcquireAsync(1, user: "ann", application: "app_bot")).WalletId);
        Assert.Equal($"wal_{team}.app.app_bot", (await new LeaseClient(ledger, team).AcquireAsync(1, user: "bob", application: "app_bot")).WalletId);
        Assert.Equal($"wal_{team}", (await new LeaseClient(ledger, team).AcquireAsync(1, user: "bob", application: "other")).WalletId);
        Assert.Equal(LeaseOutcome.TeamNotFound, (await new LeaseClient(ledger, "nobody").AcquireAsync(1)).Outcome);
        Assert.Equal(LeaseOutcome.TeamNotFound, (await new LeaseClient(ledger, "organisation").AcquireAsync(1)).Outcome);

        await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), 5, FundingClass.External) with { UserId = "ann" });
        Assert.Equal(5, await ledger.ScalarAsync<long>("SELECT overage FROM wallet WHERE wallet_id = $1", WalletAccounts.IdOf(team, "ann")));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_silent_holders_lease_waits_in_suspense_and_its_journal_settles_it()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(400);
        await lease.ReportAsync(0, 30, 20);

        ledger.Time.Advance(TimeSpan.FromSeconds(49));
        await ledger.Get<LeaseSweep>().SweepAsync(LedgerFixture.Token);
        Assert.Equal("9600/400/0/0 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        ledger.Time.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ledger.Get<LeaseSweep>().SweepAsync(LedgerFixture.Token)));
        Assert.Equal("9600/0/400/0 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        Assert.Equal("400", await ledger.ScalarAsync<string>(
            "SELECT string_agg(body ->> 'amountNanos', ' ') FROM outbox WHERE message_type LIKE '%LeaseSuspended' AND body ->> 'teamId' = $1", team));
        Assert.Equal(LeaseOutcome.Ended, (await lease.AcquireAsync(400, known: 400)).Outcome);

        // What was posted meanwhile comes from suspense; the journal knows of one attempt more, whose usage is lost.
        await ledger.PostAsync(lease.Item(10, bound: 20), lease.Item(20, bound: 20));
        var unknown = Guid.CreateVersion7();
        Assert.Equal(HoldState.Suspended, (await lease.SuspendAsync(unknown, 20)).State);
        Assert.Equal("9600/0/370/30 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        var closed = await lease.CloseAsync(57);
        Assert.Equal((LeaseState.Closed, 7L), (closed.State, closed.HeldNanos));
        Assert.Equal("9943/7/20/30 over 0 of 10000", (await ledger.WalletAsync(team)).Line());

        await ledger.PostAsync(lease.Item(7, bound: 20), lease.Item(5, bound: 20, unknown));
        Assert.Equal("9958/0/0/42 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_drawn_and_not_posted_for_a_day_is_put_before_an_operator()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(400);
        await lease.CloseAsync(30);

        ledger.Time.Advance(TimeSpan.FromHours(24));
        await ledger.Get<LeaseSweep>().SweepAsync(LedgerFixture.Token);

        var listed = Assert.Single(await ledger.Get<LeaseStore>().ListAsync(lease.Holder, WalletAccounts.IdOf(team), LedgerFixture.Token));
        Assert.Equal((LeaseState.Suspended, LeaseDecision.NotPosted, 30L), (listed.State, listed.Reason, listed.Held));
        await ledger.PostAsync(lease.Item(12, bound: 20));
        Assert.Equal(18, (await ReleaseAsync(lease: lease.Id)).ReleasedNanos);
        Assert.Equal("9988/0/0/12 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task An_operator_releases_what_is_in_suspense_and_later_usage_is_taken_from_available()
    {
        var team = await ledger.TeamWithAsync(420);
        var lease = new LeaseClient(ledger, team);
        var unknown = Guid.CreateVersion7();
        await lease.AcquireAsync(210);
        await lease.SuspendAsync(unknown, 10);
        Assert.Equal(Reasons.LeaseEnded, await HoldTests.TryAsync(() => ReleaseAsync(lease: lease.Id)));
        ledger.Time.Advance(TimeSpan.FromSeconds(50));
        await ledger.Get<LeaseSweep>().SweepAsync(LedgerFixture.Token);
        Assert.Equal("210/0/210/0 over 0 of 420", (await ledger.WalletAsync(team)).Line());

        Assert.Equal(200, (await ReleaseAsync(lease: lease.Id)).ReleasedNanos);
        Assert.Equal(0, (await ReleaseAsync(lease: lease.Id)).ReleasedNanos);
        Assert.Equal(10, (await ReleaseAsync(attempt: unknown)).ReleasedNanos);
        Assert.Equal(0, (await ReleaseAsync(attempt: unknown)).ReleasedNanos);
        Assert.Equal("420/0/0/0 over 0 of 420", (await ledger.WalletAsync(team)).Line());
        Assert.Equal("not billed", await ledger.ScalarAsync<string>(
            "SELECT description FROM transfer WHERE lease_id = $1 AND from_account = 4 AND actor = 'operator'", lease.Id));

        await ledger.PostAsync(lease.Item(15, bound: 20), lease.Item(8, bound: 10, unknown));
        Assert.Equal("397/0/0/23 over 0 of 420", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(LeaseState.Ended, (await lease.CloseAsync(15)).State);
        Assert.Equal(Reasons.LeaseEnded, await HoldTests.TryAsync(() => lease.SuspendAsync(Guid.CreateVersion7(), 1)));
        Assert.Equal(Reasons.LeaseEnded, await HoldTests.TryAsync(() => lease.ReportAsync(0, 0, 0)));
        Assert.Equal(Reasons.LeaseNotFound, await HoldTests.TryAsync(() => ReleaseAsync(lease: Guid.CreateVersion7())));
        Assert.Equal(Reasons.HoldNotFound, await HoldTests.TryAsync(() => ReleaseAsync(attempt: Guid.CreateVersion7())));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => ReleaseAsync(attempt: unknown, lease: lease.Id)));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task An_attempt_that_is_suspended_and_posted_in_either_order_or_at_once_is_charged_once()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(1_000);
        var attempts = Enumerable.Range(0, 30).Select(_ => Guid.CreateVersion7()).ToArray();

        await Task.WhenAll(attempts.Select((attempt, index) => index % 3 == 0
            ? Task.WhenAll(Ordered(0, lease, attempt), lease.SuspendAsync(attempt, 20))
            : Ordered(index % 3, lease, attempt)));

        var suspended = await ledger.ScalarAsync<long>("SELECT count(*) FROM hold WHERE lease_id = $1", lease.Id);
        Assert.InRange(suspended, 10, 20);
        Assert.Equal(LeaseState.Ended, (await lease.CloseAsync((20 * suspended) + (7 * (30 - suspended)))).State);
        Assert.Equal("9790/0/0/210 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();

        async Task Ordered(int order, LeaseClient client, Guid attempt)
        {
            if (order == 1)
            {
                await client.SuspendAsync(attempt, 20);
            }

            await ledger.PostAsync(client.Item(7, bound: 20, attempt));
            if (order == 2)
            {
                Assert.Equal(HoldState.Posted, (await client.SuspendAsync(attempt, 20)).State);
            }
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task An_attempt_that_is_held_otherwise_cannot_leave_a_lease()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var (one, other) = (new LeaseClient(ledger, team), new LeaseClient(ledger, team, "gateway-2"));
        await one.AcquireAsync(400);
        await other.AcquireAsync(400);
        var (held, suspended) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await ledger.HoldAsync(team, held, 5, sent: true);
        await other.SuspendAsync(suspended, 5);

        Assert.Equal(Reasons.AttemptExists, await HoldTests.TryAsync(() => one.SuspendAsync(held, 5)));
        Assert.Equal(Reasons.AttemptExists, await HoldTests.TryAsync(() => one.SuspendAsync(suspended, 5)));
        Assert.Equal(Reasons.LeaseTotalsInvalid, await HoldTests.TryAsync(() => one.SuspendAsync(Guid.CreateVersion7(), 401)));
        Assert.Equal(Reasons.AmountInvalid, await HoldTests.TryAsync(() => one.SuspendAsync(Guid.CreateVersion7(), 0)));
        Assert.Equal(Reasons.LeaseNotFound, await HoldTests.TryAsync(() => new LeaseClient(ledger, team).SuspendAsync(Guid.CreateVersion7(), 1)));
        Assert.Equal(HoldOutcome.AlreadyEnded, await ledger.HoldAsync(team, suspended, 5));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task An_attempt_that_left_its_lease_is_listed_with_what_an_operator_needs()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);
        var attempt = Guid.CreateVersion7();
        var context = new AttemptContext { Workload = "batch", Provider = "simulator", Model = "gpt-4o-mini", PriceId = 7 };
        await lease.AcquireAsync(400);
        await ledger.Get<SuspendDraw>().RunAsync(
            new SuspendDrawRequest
            {
                LeaseId = lease.Id.ToString(), AttemptId = attempt.ToString(), AmountNanos = 20, Reason = "stream broke", TeamId = team, UserId = "ann", Context = context,
            },
            "test", LedgerFixture.Token);

        await foreach (var (hold, about) in ledger.Get<HoldStore>().ListOpenAsync(null, null, LedgerFixture.Token))
        {
            if (hold.AttemptId == attempt)
            {
                Assert.Equal((HoldState.Suspended, 20L, "stream broke", team, "ann"), (hold.State, hold.Held, hold.Reason, hold.TeamId, hold.UserId));
                Assert.Equal(context, about);
                return;
            }
        }

        Assert.Fail("The attempt is not listed.");
    }

    [Fact(Timeout = 300_000)]
    public async Task Corrections_of_a_drawn_attempt_keep_their_record_and_give_back_as_refunds()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(400);
        var (priced, unpriced) = (lease.Item(10, bound: 20), lease.Item(null, bound: 20));
        await ledger.PostAsync(priced, unpriced);

        // The first figure of an attempt comes from its lease, also where it is a correction; what follows is taken from available.
        await ledger.PostAsync(
            lease.Item(3, bound: 20, priced.AttemptId) with { CorrectsRecordId = priced.RecordId },
            lease.Item(25, bound: 20, unpriced.AttemptId) with { CorrectsRecordId = unpriced.RecordId },
            lease.Item(2, bound: 20, unpriced.AttemptId) with { CorrectsRecordId = unpriced.RecordId },
            lease.Item(-4, bound: 20, priced.AttemptId) with { CorrectsRecordId = priced.RecordId });

        // 9,600 less 3 and 2, and of the 4 that come back 4 repay the overage of 5.
        Assert.Equal("9595/370/0/36 over 1 of 10000", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(1, await ledger.ScalarAsync<long>("SELECT count(*) FROM transfer WHERE kind = 11 AND attempt_id = $1", priced.AttemptId));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_alone_finds_that_its_attempt_was_posted_in_an_earlier_batch()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var lease = new LeaseClient(ledger, team);
        await lease.AcquireAsync(400);
        var record = lease.Item(10, bound: 20);
        await ledger.PostAsync(record);
        await ledger.PostAsync(lease.Item(3, bound: 20, record.AttemptId) with { CorrectsRecordId = record.RecordId });
        Assert.Equal("9597/390/0/13 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task Requests_that_make_no_sense_are_refused_with_what_to_do()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var lease = new LeaseClient(ledger, team);
        Assert.Equal(Reasons.AmountInvalid, await HoldTests.TryAsync(() => lease.AcquireAsync(0)));
        Assert.Equal(Reasons.AmountInvalid, await HoldTests.TryAsync(() => lease.AcquireAsync(1, bound: 0)));
        Assert.Equal(Reasons.LeaseTotalsInvalid, await HoldTests.TryAsync(() => lease.AcquireAsync(1, known: -1)));
        Assert.Equal(Reasons.LeaseTotalsInvalid, await HoldTests.TryAsync(() => lease.AcquireAsync(1, known: 5)));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => new LeaseClient(ledger, team, "").AcquireAsync(1)));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => new LeaseClient(ledger, team) { Id = Guid.Empty }.AcquireAsync(1)));
        Assert.Equal(Reasons.LeaseNotFound, await HoldTests.TryAsync(() => lease.ReportAsync(0, 0, 0)));
        Assert.Equal(Reasons.LeaseNotFound, await HoldTests.TryAsync(() => lease.CloseAsync(0)));
        Assert.Equal("1000/0/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
    }

    private Task<ReleaseSuspenseResponse> ReleaseAsync(Guid? attempt = null, Guid? lease = null) => ledger.Get<ReleaseSuspense>().RunAsync(
        new ReleaseSuspenseRequest { AttemptId = attempt?.ToString() ?? "", LeaseId = lease?.ToString() ?? "", Description = "not billed" }, "operator",
        LedgerFixture.Token);

    private static string Text(AcquireLeaseResponse answer) => $"{answer.Outcome} {answer.GrantedNanos}";
}
