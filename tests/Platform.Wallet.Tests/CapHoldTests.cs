using CsCheck;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests;

/// <summary>Caps in the holds that they limit, through the writer and the postings.</summary>
public sealed class CapHoldTests(LedgerFixture ledger, ITestOutputHelper output) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task Concurrent_holds_over_two_replicas_never_pass_a_cap()
    {
        await using var other = await ledger.AddReplicaAsync();
        var teams = new[] { await ledger.TeamWithAsync(100_000), await ledger.TeamWithAsync(100_000) };
        var key = await KeyAsync(teams[0]);
        var shared = await SetAsync(CapScope.Key, key, 1_000);
        var first = await SetAsync(CapScope.Team, teams[0], 700);
        await other.Get<CapFeed>().RefreshAsync(LedgerFixture.Token);

        var answers = await Task.WhenAll(Enumerable.Range(0, 128).Select(i => HoldAsync(
            i % 2 == 0 ? ledger.Get<CreateHold>() : other.Get<CreateHold>(), teams[i / 2 % 2], Guid.CreateVersion7(), 30, key)));

        Assert.Equal(33, answers.Count(answer => answer.Outcome == HoldOutcome.Held));
        Assert.All(answers.Where(answer => answer.Outcome != HoldOutcome.Held), answer => Assert.Equal(HoldOutcome.CapReached, answer.Outcome));
        Assert.Equal(33 * 30, await UsedAsync(shared));
        Assert.InRange(await UsedAsync(first), 0, 700);
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_refusal_names_the_amount_that_was_set_though_what_was_spent_before_is_taken_off_its_first_period()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var now = ledger.Time.GetUtcNow();
        await ledger.Get<SetCap>().RunAsync(
            new SetCapRequest
            {
                Scope = CapScope.Team, ScopeId = team, Period = CapPeriod.Month, AmountNanos = 500, Currency = "USD", Source = "budget of a team", SpentNanos = 480,
                SpentUntil = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1).ToTimestampUtc(), IdempotencyKey = team,
            },
            "test", LedgerFixture.Token);
        await ledger.Get<CapFeed>().RefreshAsync(LedgerFixture.Token);

        var attempt = Guid.CreateVersion7();
        var refused = await HoldAsync(team, attempt, 40);

        Assert.Equal((HoldOutcome.CapReached, 20, 500), (refused.Outcome, refused.AvailableNanos, refused.Cap.AmountNanos));
        Assert.Equal("500", await ledger.ScalarAsync<string>("SELECT body ->> 'capLimitNanos' FROM outbox WHERE message_id = $1", attempt));
        Assert.Equal(HoldOutcome.Held, (await HoldAsync(team, Guid.CreateVersion7(), 20)).Outcome);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_refusal_by_a_cap_names_it_with_what_is_left_and_is_published_once()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var attempt = Guid.CreateVersion7();
        var wide = await SetAsync(CapScope.Team, team, 500);
        var tight = await SetAsync(CapScope.Team, team, 100, CapPeriod.Day);
        Assert.Equal(HoldOutcome.Held, (await HoldAsync(team, Guid.CreateVersion7(), 70)).Outcome);

        var refused = await HoldAsync(team, attempt, 40);
        var repeated = await HoldAsync(team, attempt, 40);

        Assert.Equal((HoldOutcome.CapReached, tight.CapId, 30), (refused.Outcome, refused.CapId, refused.AvailableNanos));
        Assert.Equal(refused, repeated);
        Assert.Equal(
            new ReachedCap
            {
                Scope = CapScope.Team, ScopeId = team, Period = CapPeriod.Day, AmountNanos = 100,
                ResetsAt = new DateTimeOffset(ledger.Time.GetUtcNow().UtcDateTime.Date.AddDays(1), TimeSpan.Zero).ToTimestampUtc(),
            },
            refused.Cap);
        Assert.Equal(1, await ledger.ScalarAsync<long>(
            "SELECT count(*) FROM outbox WHERE message_id = $1 AND body ->> 'reason' = 'CAP_REACHED' AND body ->> 'estimatedCostNanos' = '40' AND body ->> 'capId' = $2 AND body ->> 'capLimitNanos' = '100' AND body ->> 'capEndsAt' IS NOT NULL",
            attempt, tight.CapId));
        Assert.Equal("930/70/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        Assert.Equal((70, 70), (await UsedAsync(wide), await UsedAsync(tight)));
    }

    [Fact(Timeout = 300_000)]
    public async Task What_returns_goes_back_to_the_period_that_it_was_taken_in()
    {
        var own = new LedgerFixture();
        await own.InitializeAsync();
        await using var _ = own;
        var team = await own.TeamWithAsync(1_000);
        var cap = await SetAsync(CapScope.Team, team, 100, CapPeriod.Day, own);
        var attempt = Guid.CreateVersion7();
        Assert.Equal(HoldOutcome.Held, (await HoldAsync(team, attempt, 100, on: own)).Outcome);
        Assert.Equal(HoldOutcome.CapReached, (await HoldAsync(team, Guid.CreateVersion7(), 1, on: own)).Outcome);

        own.Time.Advance(TimeSpan.FromHours(12));
        Assert.Equal(HoldOutcome.Held, (await HoldAsync(team, Guid.CreateVersion7(), 100, on: own)).Outcome);
        await own.ResolveAsync(attempt, new HoldInput.Report(30));
        await own.PostAsync(own.Item(team, attempt, 30));

        Assert.Equal(HoldOutcome.CapReached, (await HoldAsync(team, Guid.CreateVersion7(), 1, on: own)).Outcome);
        Assert.Equal(30, await own.ScalarAsync<long>("SELECT used FROM cap_account WHERE cap_id = $1 ORDER BY period_from LIMIT 1", cap.CapId));
        Assert.Equal(100, await own.ScalarAsync<long>("SELECT used FROM cap_account WHERE cap_id = $1 ORDER BY period_from DESC LIMIT 1", cap.CapId));
        await own.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task An_observing_wallet_passes_its_cap_and_says_so()
    {
        var team = await ledger.TeamWithAsync(100);
        var cap = await SetAsync(CapScope.Team, team, 50);
        await ObserveAsync(team);
        var attempt = Guid.CreateVersion7();

        var answer = await HoldAsync(team, attempt, 80);

        Assert.Equal((HoldOutcome.Held, true), (answer.Outcome, answer.Observed));
        Assert.Equal(80, await UsedAsync(cap));
        Assert.Equal("OBSERVED_CAP_REACHED", await ledger.ScalarAsync<string>("SELECT body ->> 'reason' FROM outbox WHERE message_id = $1", attempt));
        await ledger.ResolveAsync(attempt, new HoldInput.Release("unsent"));
        Assert.Equal(0, await UsedAsync(cap));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_bill_above_the_bound_is_overage_and_not_used()
    {
        var team = await ledger.TeamWithAsync(100);
        var cap = await SetAsync(CapScope.Team, team, 50);
        var attempt = Guid.CreateVersion7();
        await HoldAsync(team, attempt, 40);

        await ledger.PostAsync(ledger.Item(team, attempt, 45));

        Assert.Equal("60/0/0/45 over 5 of 100", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(40, await UsedAsync(cap));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Low_balance_is_announced_once_a_crossing_by_concurrent_calls_over_two_replicas()
    {
        await using var other = await ledger.AddReplicaAsync();
        var team = await ledger.TeamWithAsync(1_000);
        await ledger.Get<ChangeWalletPolicy>().SetAsync(
            new SetWalletPolicyRequest
            {
                WalletId = WalletAccounts.IdOf(team), LowPercents = new LowPercents { Percents = { 50, 20, 5 } }, IdempotencyKey = Guid.CreateVersion7().ToString(),
            },
            "test", LedgerFixture.Token);

        // Holds of all that there is are no low wallet; a refusal while nothing can be taken is told once, and not again as often as it has returned within the hour.
        for (var round = 1; round <= 3; round++)
        {
            var attempts = Enumerable.Range(0, 64).Select(_ => Guid.CreateVersion7()).ToArray();
            var answers = await HoldAllAsync(other, team, attempts);
            Assert.Equal(50, answers.Count(answer => answer.Outcome == HoldOutcome.Held));
            Assert.Equal(round < 3 ? ["exhausted"] : ["exhausted", "exhausted"], await AlertsAsync(team));
            await Task.WhenAll(attempts.Zip(answers).Where(pair => pair.Second.Outcome == HoldOutcome.Held).Select((pair, i) => LedgerFixture.ResolveAsync(
                i % 2 == 0 ? ledger.Get<ResolveHold>() : other.Get<ResolveHold>(), pair.First, new HoldInput.Release("unsent"))));
            ledger.Time.Advance(round == 2 ? TimeSpan.FromHours(1) : TimeSpan.Zero);
        }

        // What they spend crosses each level once, in its order.
        var sent = Enumerable.Range(0, 50).Select(_ => Guid.CreateVersion7()).ToArray();
        Assert.All(await HoldAllAsync(other, team, sent), answer => Assert.Equal(HoldOutcome.Held, answer.Outcome));
        await Task.WhenAll(sent.Select((attempt, i) => (i % 2 == 0 ? ledger.Get<PostUsage>() : other.Get<PostUsage>()).RunAsync(
            new UsageMetered(Guid.CreateVersion7(), [ledger.Item(team, attempt, 20)]), LedgerFixture.Token)));
        Assert.Equal(["exhausted", "exhausted", "low 50", "low 20", "low 5", "exhausted"], await AlertsAsync(team));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_that_is_too_large_for_a_full_wallet_exhausts_nothing()
    {
        var team = await ledger.TeamWithAsync(1_000);
        Assert.Equal(HoldOutcome.InsufficientFunds, (await HoldAsync(team, Guid.CreateVersion7(), 1_001)).Outcome);
        Assert.Empty(await AlertsAsync(team));

        await HoldAsync(team, Guid.CreateVersion7(), 900);
        Assert.Equal(HoldOutcome.InsufficientFunds, (await HoldAsync(team, Guid.CreateVersion7(), 101)).Outcome);
        Assert.Equal(HoldOutcome.InsufficientFunds, (await HoldAsync(team, Guid.CreateVersion7(), 102)).Outcome);
        Assert.Equal(["exhausted"], await AlertsAsync(team));
    }

    /// <summary>
    /// Random operations on holds under three caps (two of a day, one of a month) over days, compared with plain arithmetic: used is what is set aside and spent from
    /// it, a period keeps what was taken in it, and no grant passes a limit. A failure prints its seed and shrinks.
    /// </summary>
    [Fact]
    public void Used_follows_the_model_through_random_operations() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 4], Gen.Long[1, 60]).Array[1, 40].Sample(
            operations => RunAsync(operations).GetAwaiter().GetResult(), writeLine: output.WriteLine, iter: 25, threads: 1,
            print: operations => string.Join(", ", operations.Select(operation => $"({operation.Item1}, {operation.Item2}, {operation.Item3})")));

    private async Task RunAsync((int Kind, int Slot, long Amount)[] operations)
    {
        var team = await ledger.TeamWithAsync(400);
        var key = await KeyAsync(team);
        var model = new CapModel(400, [(await SetAsync(CapScope.Team, team, 150, CapPeriod.Day)).CapId, (await SetAsync(CapScope.Key, key, 120, CapPeriod.Day)).CapId],
            [150, 120], (await SetAsync(CapScope.Team, team, 300, CapPeriod.Year)).CapId, 300);
        var attempts = new Dictionary<int, Guid>();
        foreach (var (kind, slot, amount) in operations)
        {
            await ApplyAsync(team, key, model, attempts, kind, slot, amount);
            foreach (var (cap, day, used) in model.Used)
            {
                Assert.Equal(used, await ledger.ScalarAsync<long>(
                    """
                    SELECT coalesce((SELECT used FROM cap_account WHERE cap_id = $1 AND period_from <= $2 AND period_to > $2), 0)
                    """, cap, day));
            }
        }

        await ledger.VerifyAsync();
    }

    private async Task ApplyAsync(string team, string key, CapModel model, Dictionary<int, Guid> attempts, int kind, int slot, long amount)
    {
        switch (kind)
        {
            case 0 or 1 or 2:
                // A slot is one attempt until it is held; then the next hold in it is another attempt.
                attempts[slot] = Guid.CreateVersion7();
                var held = (await HoldAsync(team, attempts[slot], amount, key)).Outcome == HoldOutcome.Held;
                Assert.Equal(model.Hold(attempts[slot], amount, ledger.Time.GetUtcNow()), held);
                break;
            case 3 when attempts.TryGetValue(slot, out var reported):
                model.Report(reported, amount);
                await HoldTests.TryAsync(() => ledger.ResolveAsync(reported, new HoldInput.Report(amount)));
                break;
            case 4 when attempts.TryGetValue(slot, out var released):
                model.Release(released);
                await HoldTests.TryAsync(() => ledger.ResolveAsync(released, new HoldInput.Release("random")));
                break;
            case 5 when attempts.TryGetValue(slot, out var suspended):
                model.Suspend(suspended);
                await HoldTests.TryAsync(() => ledger.ResolveAsync(suspended, new HoldInput.Suspend("random")));
                break;
            case 6 or 7 when attempts.TryGetValue(slot, out var posted):
                model.Post(posted, amount);
                await ledger.PostAsync(ledger.Item(team, posted, amount));
                break;
            case 8:
                ledger.Time.Advance(TimeSpan.FromHours(amount / 4));
                model.Expire(ledger.Time.GetUtcNow());
                await ledger.Get<ExpirySweep>().SweepAsync(LedgerFixture.Token);
                break;
        }
    }

    private async Task<CreateHoldResponse[]> HoldAllAsync(WalletReplica other, string team, Guid[] attempts) => await Task.WhenAll(attempts.Select((attempt, i) =>
        HoldAsync(i % 2 == 0 ? ledger.Get<CreateHold>() : other.Get<CreateHold>(), team, attempt, 20, "")));

    private Task<CreateHoldResponse> HoldAsync(string team, Guid attempt, long bound, string key = "", LedgerFixture? on = null) =>
        HoldAsync((on ?? ledger).Get<CreateHold>(), team, attempt, bound, key);

    private static Task<CreateHoldResponse> HoldAsync(CreateHold create, string team, Guid attempt, long bound, string key) => create.RunAsync(
        new CreateHoldRequest
        {
            AttemptId = attempt.ToString(), TeamId = team, BoundNanos = bound, Currency = "USD", Sent = true, Context = new AttemptContext { KeyId = key },
        },
        "test", LedgerFixture.Token);

    private Task<Cap> SetAsync(CapScope scope, string id, long amount, CapPeriod period = CapPeriod.Month, LedgerFixture? on = null) =>
        CapTests.SetAsync(on ?? ledger, scope, id, amount, period);

    private Task<string> KeyAsync(string team) => CapTests.KeyAsync(ledger, team);

    private Task<WalletView> ObserveAsync(string team) => ledger.Get<ChangeWalletPolicy>().SetAsync(
        new SetWalletPolicyRequest { WalletId = WalletAccounts.IdOf(team), Observe = true, IdempotencyKey = Guid.CreateVersion7().ToString() }, "test",
        LedgerFixture.Token);

    private Task<long> UsedAsync(Cap cap) => ledger.ScalarAsync<long>("SELECT sum(used)::bigint FROM cap_account WHERE cap_id = $1", cap.CapId);

    private async Task<string[]> AlertsAsync(string team) => await ledger.ScalarAsync<string[]>(
        """
        SELECT coalesce(array_agg(
            CASE WHEN message_type LIKE '%WalletLow' THEN 'low ' || (body ->> 'levelPercent') ELSE 'exhausted' END ORDER BY outbox_id), '{}')
        FROM outbox WHERE message_type SIMILAR TO '%(WalletLow|WalletExhausted)' AND body ->> 'walletId' = $1
        """, WalletAccounts.IdOf(team));
}
