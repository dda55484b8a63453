using System.Text.Json;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>What becomes of calls that a wallet cannot cover, by its policy.</summary>
public sealed class EmptyWalletTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact(Timeout = 300_000)]
    public async Task A_frozen_wallet_refuses_and_publishes_once_and_what_it_held_ends_as_ever()
    {
        var team = await ledger.TeamWithAsync(100);
        var before = Guid.CreateVersion7();
        await ledger.HoldAsync(team, before, 40, sent: true);
        await PolicyAsync(team, "frozen = true");
        var attempt = Guid.CreateVersion7();

        Assert.Equal(HoldOutcome.Frozen, await ledger.HoldAsync(team, attempt, 10));
        await PolicyAsync(team, "frozen = false");
        Assert.Equal(HoldOutcome.Frozen, await ledger.HoldAsync(team, attempt, 10));

        Assert.Equal([Reasons.WalletFrozen], await DeniedReasonsAsync(attempt));

        // Who was refused before and asks whether that has changed is no new demand.
        await PolicyAsync(team, "frozen = true");
        var again = Guid.CreateVersion7();
        var asked = new CreateHoldRequest { AttemptId = again.ToString(), TeamId = team, BoundNanos = 10, Currency = "USD", Sent = true, FreezeTold = true };
        Assert.Equal(HoldOutcome.Frozen, (await ledger.Get<CreateHold>().RunAsync(asked, "test", LedgerFixture.Token)).Outcome);
        Assert.Empty(await DeniedReasonsAsync(again));
        await PolicyAsync(team, "frozen = false");

        // That it lacks funds once the freeze is over has not been told.
        var poor = new CreateHoldRequest(asked) { AttemptId = Guid.CreateVersion7().ToString(), BoundNanos = 61 };
        Assert.Equal(HoldOutcome.InsufficientFunds, (await ledger.Get<CreateHold>().RunAsync(poor, "test", LedgerFixture.Token)).Outcome);
        Assert.Equal([Reasons.InsufficientFunds], await DeniedReasonsAsync(Guid.Parse(poor.AttemptId)));
        await ledger.ResolveAsync(before, new HoldInput.Report(5));
        Assert.Equal("95/5/0/0 over 0 of 100", (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task An_observing_wallet_lets_the_call_pass_with_what_there_is_and_marks_all_that_comes_of_it()
    {
        var team = await ledger.TeamWithAsync(30);
        await PolicyAsync(team, "observe = true");
        var attempt = Guid.CreateVersion7();

        var answer = await CreateAsync(ledger.Get<CreateHold>(), team, attempt, 100);
        var again = await CreateAsync(ledger.Get<CreateHold>(), team, attempt, 100);

        Assert.Equal((HoldOutcome.Held, true, false, 0), (answer.Outcome, answer.Observed, answer.Overflow, answer.AvailableNanos));
        Assert.Equal((HoldOutcome.Exists, true), (again.Outcome, again.Observed));
        Assert.Equal("0/30/0/0 over 0 of 30", (await ledger.WalletAsync(team)).Line());
        Assert.Equal([Reasons.ObservedInsufficientFunds], await DeniedReasonsAsync(attempt));

        await ledger.ResolveAsync(attempt, new HoldInput.Report(70));
        await ledger.PostAsync(ledger.Item(team, attempt, 70));
        Assert.Equal("0/0/0/70 over 40 of 30", (await ledger.WalletAsync(team)).Line());
        Assert.Equal([TransferMarks.Observed], await MarksAsync(attempt));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_a_wallet_cannot_cover_is_charged_whole_to_the_organisation_where_its_policy_says_so()
    {
        var team = await ledger.TeamWithAsync(30);
        await ledger.CreditAsync(1_000);
        await PolicyAsync(team, "overflow_to_parent = true");
        var (own, over) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var before = await OrganisationAsync();

        Assert.False((await CreateAsync(ledger.Get<CreateHold>(), team, own, 20)).Overflow);
        var answer = await CreateAsync(ledger.Get<CreateHold>(), team, over, 20);
        var again = await CreateAsync(ledger.Get<CreateHold>(), team, over, 20);

        Assert.Equal((HoldOutcome.Held, true, WalletAccounts.OrganisationId), (answer.Outcome, answer.Overflow, answer.WalletId));
        Assert.Equal((HoldOutcome.Exists, true, WalletAccounts.OrganisationId), (again.Outcome, again.Overflow, again.WalletId));
        await ledger.ResolveAsync(over, new HoldInput.Report(15));
        await ledger.PostAsync(ledger.Item(team, over, 15));
        Assert.Equal("10/20/0/0 over 0 of 30", (await ledger.WalletAsync(team)).Line());
        var after = await OrganisationAsync();
        Assert.Equal((15, -15), (after.SpentNanos - before.SpentNanos, after.AvailableNanos - before.AvailableNanos));
        Assert.Equal([TransferMarks.Overflow], await MarksAsync(over));
        Assert.Empty(await DeniedReasonsAsync(over));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_that_waits_in_vain_is_refused_when_its_time_is_up_and_published_once()
    {
        var team = await ledger.TeamWithAsync(10);
        await PolicyAsync(team, "empty_wait_seconds = 30");
        var attempt = Guid.CreateVersion7();
        var waiting = ledger.HoldAsync(team, attempt, 50);
        await AwaitedAsync(team);

        ledger.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(team, Guid.CreateVersion7(), 1));
        Assert.False(waiting.IsCompleted);
        ledger.Time.Advance(TimeSpan.FromSeconds(1));

        await PassAsync(waiting);
        Assert.Equal(HoldOutcome.InsufficientFunds, await waiting);
        Assert.Equal([Reasons.InsufficientFunds], await DeniedReasonsAsync(attempt));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_that_waits_and_is_granted_is_one_delayed_attempt_and_no_refused_one()
    {
        var team = await ledger.TeamWithAsync(10);
        await PolicyAsync(team, "empty_wait_seconds = 30");
        var (attempt, after) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var waiting = ledger.HoldAsync(team, attempt, 50);
        await AwaitedAsync(team);
        ledger.Time.Advance(TimeSpan.FromMilliseconds(2_500));
        await ledger.FundAsync(team, 60);

        Assert.Equal(HoldOutcome.Held, await waiting.WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(team, after, 20));
        var told = Assert.Single(await DeniedAsync(attempt));
        Assert.Equal((Reasons.InsufficientFunds, 2_500, 50), (told.Reason, told.DelayedMs, told.EstimatedCostNanos));
        Assert.Empty(await DeniedAsync(after));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_caller_who_goes_away_ends_his_wait_and_is_refused()
    {
        var team = await ledger.TeamWithAsync(10);
        await PolicyAsync(team, "empty_wait_seconds = 30");
        var attempt = Guid.CreateVersion7();
        using var gone = new CancellationTokenSource();
        var waiting = CreateAsync(ledger.Get<CreateHold>(), team, attempt, 50, gone.Token);
        await AwaitedAsync(team);

        await gone.CancelAsync();

        Assert.Equal(HoldOutcome.InsufficientFunds, (await waiting.WaitAsync(Limit, TestContext.Current.CancellationToken)).Outcome);
        Assert.Equal([Reasons.InsufficientFunds], await DeniedReasonsAsync(attempt));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_waiting_call_is_woken_by_money_that_another_replica_brings()
    {
        await using var other = await ledger.AddReplicaAsync();
        var team = await ledger.TeamWithAsync(10);
        await PolicyAsync(team, "empty_wait_seconds = 30");
        var held = Guid.CreateVersion7();
        await CreateAsync(other.Get<CreateHold>(), team, held, 10);
        var first = ledger.HoldAsync(team, Guid.CreateVersion7(), 50);
        await AwaitedAsync(team);

        // By a release, a posting and an allocation there; each brings some, the last enough.
        await LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), held, new HoldInput.Release("not sent"));
        await other.Get<CreditFunds>().RunAsync(
            new CreditRequest { AmountNanos = 40, Currency = "USD", IdempotencyKey = $"credit-{team}" }, "test", LedgerFixture.Token);
        Assert.False(first.IsCompleted);
        await other.Get<AllocateFunds>().RunAsync(
            new AllocateRequest { TeamId = team, AmountNanos = 40, Currency = "USD", IdempotencyKey = team }, "test", LedgerFixture.Token);

        Assert.Equal(HoldOutcome.Held, await first.WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.Equal("0/50/0/0 over 0 of 50", (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task Waiting_calls_are_served_in_the_order_of_their_arrival_and_nobody_waits_for_what_he_does_not_need()
    {
        var team = await ledger.TeamWithAsync(0);
        await PolicyAsync(team, "empty_wait_seconds = 30");
        var waiting = new List<Task<HoldOutcome>>();
        foreach (var bound in new long[] { 30, 30, 90, 30, 5 })
        {
            waiting.Add(ledger.HoldAsync(team, Guid.CreateVersion7(), bound));
            var count = waiting.Count;
            await Eventually.TrueAsync(() => Task.FromResult(ledger.Get<HoldWriter>().Queued == count), Limit, "the call to be queued");
            await AwaitedAsync(team);
        }

        await ledger.FundAsync(team, 70);

        Assert.Equal(HoldOutcome.Held, await waiting[0].WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.Equal(HoldOutcome.Held, await waiting[1].WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.Equal(HoldOutcome.Held, await waiting[4].WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.False(waiting[2].IsCompleted || waiting[3].IsCompleted);
        ledger.Time.Advance(TimeSpan.FromSeconds(30));
        await PassAsync(Task.WhenAll(waiting));
        Assert.Equal([HoldOutcome.InsufficientFunds, HoldOutcome.InsufficientFunds], [await waiting[2], await waiting[3]]);
        Assert.Equal("5/65/0/0 over 0 of 70", (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task Calls_that_waited_for_funds_while_a_cap_was_set_are_under_the_cap()
    {
        var team = await ledger.TeamWithAsync(0);
        await PolicyAsync(team, "empty_wait_seconds = 30");
        var waiting = new[] { ledger.HoldAsync(team, Guid.CreateVersion7(), 60), ledger.HoldAsync(team, Guid.CreateVersion7(), 60) };
        await Eventually.TrueAsync(() => Task.FromResult(ledger.Get<HoldWriter>().Queued == 2), Limit, "both calls to wait");
        await AwaitedAsync(team);

        var cap = await CapTests.SetAsync(ledger, CapScope.Team, team, 100);
        await ledger.FundAsync(team, 1_000);

        var outcomes = await Task.WhenAll(waiting).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal([HoldOutcome.Held, HoldOutcome.CapReached], outcomes.Order());
        Assert.Equal(60, await ledger.ScalarAsync<long>("SELECT sum(used)::bigint FROM cap_account WHERE cap_id = $1", cap.CapId));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_that_waits_for_its_teams_funds_is_charged_to_the_wallet_that_its_user_gets_meanwhile()
    {
        var team = await ledger.TeamWithAsync(0);
        await PolicyAsync(team, "empty_wait_seconds = 30");
        await KeyTests.UserAsync(ledger, "u_waits");
        var request = new CreateHoldRequest
        {
            AttemptId = Guid.CreateVersion7().ToString(), TeamId = team, UserId = "u_waits", BoundNanos = 50, Currency = "USD", Sent = true,
        };
        var waiting = ledger.Get<CreateHold>().RunAsync(request, "test", LedgerFixture.Token);
        await AwaitedAsync(team);

        await using var other = await ledger.AddReplicaAsync();
        await other.Get<CreateWallet>().RunAsync(
            new CreateWalletRequest { TeamId = team, UserId = "u_waits", IdempotencyKey = $"wallet-{team}" }, "test", LedgerFixture.Token);
        await ledger.FundAsync(team, 200);

        // It is empty, and its policy lets nobody wait: as a call that comes now.
        var answer = await waiting.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal((HoldOutcome.InsufficientFunds, WalletAccounts.IdOf(team, "u_waits")), (answer.Outcome, answer.WalletId));
        Assert.Equal("200/0/0/0 over 0 of 200", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_replica_that_stops_sends_those_who_wait_to_another_one()
    {
        var team = await ledger.TeamWithAsync(0);
        await PolicyAsync(team, "empty_wait_seconds = 30");
        var other = await ledger.AddReplicaAsync();
        var waiting = HoldTests.TryAsync(() => CreateAsync(other.Get<CreateHold>(), team, Guid.CreateVersion7(), 5));
        await AwaitedAsync(team);

        await other.Get<HoldWriter>().StoppingAsync(LedgerFixture.Token);

        Assert.Equal(Reasons.DependencyUnavailable, await waiting.WaitAsync(Limit, TestContext.Current.CancellationToken));
        await other.DisposeAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Leases_are_asked_back_before_a_call_is_refused_and_an_answer_of_nothing_ends_the_wait()
    {
        var recall = new ScriptedRecall();
        await using var replica = await ledger.AddReplicaAsync(recall);
        var team = await ledger.TeamWithAsync(10);
        var wallet = WalletAccounts.IdOf(team);
        recall.Waiting.Add(wallet);
        var attempt = Guid.CreateVersion7();
        var waiting = CreateAsync(replica.Get<CreateHold>(), team, attempt, 50);
        await AwaitedAsync(team);
        Assert.False(waiting.IsCompleted);

        recall.Waiting.Remove(wallet);
        await NotifyAsync(wallet);

        Assert.Equal(HoldOutcome.InsufficientFunds, (await waiting.WaitAsync(Limit, TestContext.Current.CancellationToken)).Outcome);
        Assert.Equal([Reasons.InsufficientFunds], await DeniedReasonsAsync(attempt));
    }

    [Fact(Timeout = 300_000)]
    public async Task Leases_that_give_money_back_let_the_call_through_and_silent_ones_are_waited_for_a_second()
    {
        var recall = new ScriptedRecall();
        await using var replica = await ledger.AddReplicaAsync(recall);
        var team = await ledger.TeamWithAsync(10);
        recall.Waiting.Add(WalletAccounts.IdOf(team));
        var served = CreateAsync(replica.Get<CreateHold>(), team, Guid.CreateVersion7(), 50);
        await AwaitedAsync(team);
        await ledger.FundAsync(team, 40);
        Assert.Equal(HoldOutcome.Held, (await served.WaitAsync(Limit, TestContext.Current.CancellationToken)).Outcome);

        var late = CreateAsync(replica.Get<CreateHold>(), team, Guid.CreateVersion7(), 50);
        await Eventually.TrueAsync(() => Task.FromResult(recall.Asked >= 2), Limit, "the second recall");
        await Eventually.TrueAsync(
            () =>
            {
                ledger.Time.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(late.IsCompleted);
            },
            Limit, "the wait for leases to end");
        Assert.Equal(HoldOutcome.InsufficientFunds, (await late).Outcome);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_refusal_that_a_lower_bound_follows_is_neither_waited_for_nor_denied_demand()
    {
        var team = await ledger.TeamWithAsync(30);
        await PolicyAsync(team, "empty_wait_seconds = 30");
        var (first, lower, last) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var create = ledger.Get<CreateHold>();

        var refused = await CreateAsync(create, team, first, 100, lowerFollows: true).WaitAsync(Limit, TestContext.Current.CancellationToken);
        var again = await CreateAsync(create, team, first, 100, lowerFollows: true);
        var held = await CreateAsync(create, team, lower, 30);
        await PolicyAsync(team, "empty_wait_seconds = 0");
        var denied = await CreateAsync(create, team, last, 100);

        Assert.Equal((HoldOutcome.InsufficientFunds, 30), (refused.Outcome, refused.AvailableNanos));
        Assert.Equal(HoldOutcome.InsufficientFunds, again.Outcome);
        Assert.Equal((HoldOutcome.Held, HoldOutcome.InsufficientFunds), (held.Outcome, denied.Outcome));
        Assert.Empty(await DeniedReasonsAsync(first));
        Assert.Equal([Reasons.InsufficientFunds], await DeniedReasonsAsync(last));
        await ledger.VerifyAsync();
    }

    private Task PolicyAsync(string team, string set) => ledger.ExecuteAsync($"UPDATE wallet SET {set} WHERE team_id = $1", team);

    /// <summary>Waits until somebody waits for the team's wallet.</summary>
    private Task AwaitedAsync(string team) => Eventually.TrueAsync(
        () => ledger.ScalarAsync<bool>("SELECT coalesce(awaited_until > $2, false) FROM wallet WHERE team_id = $1", team, ledger.Time.GetUtcNow()), Limit,
        "the wallet to be awaited");

    /// <summary>
    /// Until a call is answered whose time is up: the writer, which decided it again meanwhile, may have set its timer by the clock as it stood before that was turned.
    /// </summary>
    private Task PassAsync(Task call) => Eventually.TrueAsync(
        () =>
        {
            ledger.Time.Advance(TimeSpan.FromMilliseconds(10));
            return Task.FromResult(call.IsCompleted);
        },
        Limit, "the wait for funds to end");

    private Task<object> NotifyAsync(string walletId) => ledger.ScalarAsync<object>("SELECT pg_notify('wallet_funds', $1)", walletId);

    private async Task<WalletView> OrganisationAsync() => (await ledger.Get<ReadWallets>().ListAsync(new ListWalletsRequest(), LedgerFixture.Token)).Wallets[0];

    private static Task<CreateHoldResponse> CreateAsync(CreateHold create, string team, Guid attempt, long bound, CancellationToken? caller = null, bool lowerFollows = false) =>
        create.RunAsync(
            new CreateHoldRequest { AttemptId = attempt.ToString(), TeamId = team, BoundNanos = bound, Currency = "USD", Sent = true, LowerFollows = lowerFollows }, "test",
            caller ?? LedgerFixture.Token);

    private async Task<string[]> DeniedReasonsAsync(Guid attempt) => Array.ConvertAll(await DeniedAsync(attempt), denied => denied.Reason);

    private async Task<DemandDenied[]> DeniedAsync(Guid attempt)
    {
        var bodies = await ledger.ScalarAsync<string[]>("SELECT coalesce(array_agg(body::text), '{}') FROM outbox WHERE message_id = $1", attempt);
        return Array.ConvertAll(bodies, body => JsonSerializer.Deserialize<DemandDenied>(body, JsonSerializerOptions.Web)!);
    }

    /// <summary>The marks of all transfers of an attempt and of its hold.</summary>
    private async Task<TransferMarks[]> MarksAsync(Guid attempt) => Array.ConvertAll(
        await ledger.ScalarAsync<short[]>(
            "SELECT array_agg(DISTINCT marks) FROM (SELECT marks FROM transfer WHERE attempt_id = $1 UNION ALL SELECT marks FROM hold WHERE attempt_id = $1) m",
            attempt),
        marks => (TransferMarks)marks);

    /// <summary>Leases of which a test says when they are answered.</summary>
    private sealed class ScriptedRecall : ILeaseRecall
    {
        private int _asked;

        public HashSet<string> Waiting { get; } = [];

        public int Asked => Volatile.Read(ref _asked);

        public Task<IReadOnlySet<string>> RequestAsync(
            NpgsqlTransaction transaction, IReadOnlyCollection<string> walletIds, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            return Task.FromResult<IReadOnlySet<string>>(walletIds.Where(Waiting.Contains).ToHashSet());
        }
    }
}
