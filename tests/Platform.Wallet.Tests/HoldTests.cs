using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;

namespace Platform.Wallet.Tests;

public sealed class HoldTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task Concurrent_holds_on_a_wallet_that_affords_part_of_them_never_hold_more_than_it_has()
    {
        var team = await ledger.TeamWithAsync(1_000);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => ledger.HoldAsync(team, Guid.CreateVersion7(), 30)));

        Assert.Equal(33, outcomes.Count(outcome => outcome == HoldOutcome.Held));
        Assert.Equal(31, outcomes.Count(outcome => outcome == HoldOutcome.InsufficientFunds));
        Assert.Equal("10/990/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Concurrent_repeats_of_one_hold_hold_once()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var attempt = Guid.CreateVersion7();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => ledger.HoldAsync(team, attempt, 30)));

        Assert.Equal(1, outcomes.Count(outcome => outcome == HoldOutcome.Held));
        Assert.Equal(15, outcomes.Count(outcome => outcome == HoldOutcome.Exists));
        Assert.Equal(HoldOutcome.ExistsDifferent, await ledger.HoldAsync(team, attempt, 31));

        // It is not marked sent by that, and would expire under the call.
        Assert.Equal(HoldOutcome.ExistsDifferent, await ledger.HoldAsync(team, attempt, 30, sent: true));
        Assert.Equal("970/30/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task One_id_held_by_two_teams_at_once_belongs_to_one_of_them()
    {
        var teams = new[] { await ledger.TeamWithAsync(100), await ledger.TeamWithAsync(100) };
        var attempt = Guid.CreateVersion7();

        var outcomes = await Task.WhenAll(teams.Select(team => ledger.HoldAsync(team, attempt, 30)));

        Assert.Equal([HoldOutcome.ExistsDifferent, HoldOutcome.Held], outcomes.Order());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_refusal_for_funds_is_published_once_and_stays_when_repeated_after_a_credit()
    {
        var team = await ledger.TeamWithAsync(20);
        var attempt = Guid.CreateVersion7();
        Assert.Equal(HoldOutcome.InsufficientFunds, await ledger.HoldAsync(team, attempt, 30));
        await ledger.CreditAsync(100);
        await ledger.AllocateAsync(team, 100);

        Assert.Equal(HoldOutcome.InsufficientFunds, await ledger.HoldAsync(team, attempt, 30));

        Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(team, Guid.CreateVersion7(), 30));
        Assert.Equal(1, await ledger.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE message_id = $1", attempt));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_release_of_an_unknown_id_makes_a_later_hold_with_it_refused()
    {
        var team = await ledger.TeamWithAsync(100);
        var attempt = Guid.CreateVersion7();

        Assert.Equal(HoldState.Released, (await ledger.ResolveAsync(attempt, new HoldInput.Release("not sent"))).State);
        Assert.Equal(HoldState.Released, (await ledger.ResolveAsync(attempt, new HoldInput.Release("not sent"))).State);

        Assert.Equal(HoldOutcome.AlreadyEnded, await ledger.HoldAsync(team, attempt, 30));
        Assert.Equal("100/0/0/0 over 0 of 100", (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_release_and_a_report_at_once_end_one_way()
    {
        var team = await ledger.TeamWithAsync(1_000);
        for (var round = 0; round < 20; round++)
        {
            var attempt = Guid.CreateVersion7();
            await ledger.HoldAsync(team, attempt, 10, sent: true);
            var answers = await Task.WhenAll(
                TryAsync(() => ledger.ResolveAsync(attempt, new HoldInput.Release(""))), TryAsync(() => ledger.ResolveAsync(attempt, new HoldInput.Report(4))));
            Assert.Single(answers, answer => answer is null);
            Assert.Contains(Reasons.HoldEnded, answers);
        }

        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Time_returns_a_pending_hold_and_suspends_a_sent_one_without_a_report()
    {
        var team = await ledger.TeamWithAsync(100);
        var (pending, sent, reported) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await ledger.HoldAsync(team, pending, 10);
        await ledger.HoldAsync(team, sent, 20, sent: true);
        await ledger.HoldAsync(team, reported, 30, sent: true);
        await ledger.ResolveAsync(reported, new HoldInput.Report(5));

        ledger.Time.Advance(TimeSpan.FromMinutes(10));
        await ledger.Get<ExpirySweep>().SweepAsync(LedgerFixture.Token);
        Assert.Equal("75/25/0/0 over 0 of 100", (await ledger.WalletAsync(team)).Line());

        ledger.Time.Advance(TimeSpan.FromMinutes(5));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ledger.Get<ExpirySweep>().SweepAsync(LedgerFixture.Token)));
        Assert.Equal("75/5/20/0 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(HoldDecision.NoReport, await ledger.ScalarAsync<string>("SELECT reason FROM hold WHERE attempt_id = $1", sent));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_suspended_hold_is_listed_with_its_context_and_ended_by_its_usage_record()
    {
        var team = await ledger.TeamWithAsync(100);
        var attempt = Guid.CreateVersion7();
        var context = new AttemptContext { Workload = "batch", Provider = "simulator", Model = "gpt-4o-mini", PriceId = 7, MaxOutputTokens = 50 };
        await ledger.Get<CreateHold>().RunAsync(
            new CreateHoldRequest { AttemptId = attempt.ToString(), TeamId = team, BoundNanos = 40, Currency = "USD", Sent = true, Context = context },
            "test", LedgerFixture.Token);
        await ledger.ResolveAsync(attempt, new HoldInput.Suspend("cut"));
        var open = new List<(HoldSnapshot Hold, AttemptContext Context)>();
        await foreach (var hold in ledger.Get<HoldStore>().ListOpenAsync(null, null, LedgerFixture.Token))
        {
            open.Add(hold);
        }

        var (suspended, about) = open.Single(hold => hold.Hold.AttemptId == attempt);
        Assert.Equal(("cut", 40, context), (suspended.Reason, suspended.Held, about));

        // Asked for by its id, as who settles it does, it comes alone.
        await ledger.HoldAsync(await ledger.TeamWithAsync(10), Guid.CreateVersion7(), 10);
        var named = new List<Guid>();
        await foreach (var (hold, _) in ledger.Get<HoldStore>().ListOpenAsync(null, attempt, LedgerFixture.Token))
        {
            named.Add(hold.AttemptId);
        }

        Assert.Equal([attempt], named);

        await ledger.PostAsync(ledger.Item(team, attempt, 15));
        Assert.Equal("85/0/0/15 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_hold_of_an_unknown_team_or_another_currency_changes_nothing()
    {
        Assert.Equal(HoldOutcome.TeamNotFound, await ledger.HoldAsync("nobody", Guid.CreateVersion7(), 1));
        var team = await ledger.TeamWithAsync(10);
        var answer = await ledger.Get<CreateHold>().RunAsync(
            new CreateHoldRequest { AttemptId = Guid.CreateVersion7().ToString(), TeamId = team, BoundNanos = 5, Currency = "EUR" }, "test", LedgerFixture.Token);
        Assert.Equal(HoldOutcome.CurrencyMismatch, answer.Outcome);
        Assert.Equal("10/0/0/0 over 0 of 10", (await ledger.WalletAsync(team)).Line());
    }

    /// <summary>The error's reason; null for a success.</summary>
    internal static async Task<string?> TryAsync<T>(Func<Task<T>> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (RpcException exception)
        {
            return RpcErrors.ReasonOf(exception);
        }
    }
}
