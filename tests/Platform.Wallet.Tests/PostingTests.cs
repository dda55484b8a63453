using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests;

public sealed class PostingTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task A_batch_delivered_many_times_at_once_is_posted_once()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var attempts = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var attempt in attempts)
        {
            await ledger.HoldAsync(team, attempt, 30, sent: true);
        }

        var batch = new UsageMetered(Guid.CreateVersion7(), [.. attempts.Select(attempt => ledger.Item(team, attempt, 7))]);
        var again = batch with { BatchId = Guid.CreateVersion7() };
        var post = ledger.Get<PostUsage>();
        var first = await Task.WhenAll(Enumerable.Range(0, 4).SelectMany(_ => new[] { post.RunAsync(batch, LedgerFixture.Token), post.RunAsync(again, LedgerFixture.Token) }));

        Assert.Equal(2, first.Count(fresh => fresh));
        Assert.Equal("860/0/0/140 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_bill_above_the_bound_is_overage_and_the_next_allocation_repays_it_first()
    {
        var team = await ledger.TeamWithAsync(100);
        var attempt = Guid.CreateVersion7();
        await ledger.HoldAsync(team, attempt, 100, sent: true);
        await ledger.PostAsync(ledger.Item(team, attempt, 130));
        Assert.Equal("0/0/0/130 over 30 of 100", (await ledger.WalletAsync(team)).Line());

        await ledger.CreditAsync(50);
        var allocation = await ledger.AllocateAsync(team, 50);

        Assert.Equal("20/0/0/130 over 0 of 150", (await ledger.WalletAsync(team)).Line());
        Assert.Equal((0, 50), (allocation.AvailableBeforeNanos, allocation.AvailableAfterNanos));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Credit_without_tokens_comes_back_to_available_behind_overage_and_a_charge_is_taken_like_usage()
    {
        var team = await ledger.TeamWithAsync(100);
        await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), 130, FundingClass.External));
        await ledger.PostAsync(Adjustment(-50));
        Assert.Equal("20/0/0/80 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.PostAsync(Adjustment(25));
        Assert.Equal("0/0/0/105 over 5 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.PostAsync(Adjustment(-7) with { Funding = FundingClass.History });
        Assert.Equal("0/0/0/105 over 5 of 100", (await ledger.WalletAsync(team)).Line());

        // More than was spent here so far waits for what it has overtaken, and holds nothing else up.
        await ledger.PostAsync(Adjustment(-106));
        Assert.Equal("0/0/0/105 over 5 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), 2, FundingClass.External));
        await ActivatorUtilities.CreateInstance<PostAwaiting>(ledger.NewReplica(new FakeTimeProvider(ledger.Time.GetUtcNow()))).LookAsync(LedgerFixture.Token);
        Assert.Equal("99/0/0/1 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();

        UsageMeteredItem Adjustment(long nanos) => ledger.Item(team, Guid.CreateVersion7(), nanos, FundingClass.External) with { Calls = 0 };
    }

    [Fact(Timeout = 300_000)]
    public async Task Overage_that_has_doubled_is_told_again()
    {
        var team = await ledger.TeamWithAsync(100);
        foreach (var cost in new[] { 101, 1_000, 1 })
        {
            await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), cost, FundingClass.External));
        }

        Assert.Equal("1 1001", await ledger.ScalarAsync<string>(
            "SELECT string_agg(body ->> 'overageNanos', ' ' ORDER BY outbox_id) FROM outbox WHERE message_type LIKE '%WalletOverdrawn' AND body ->> 'teamId' = $1", team));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_report_overtaken_by_its_posting_answers_posted()
    {
        var team = await ledger.TeamWithAsync(100);
        var attempt = Guid.CreateVersion7();
        await ledger.HoldAsync(team, attempt, 50, sent: true);
        await ledger.PostAsync(ledger.Item(team, attempt, 20));

        Assert.Equal(HoldState.Posted, (await ledger.ResolveAsync(attempt, new HoldInput.Report(20))).State);
        Assert.Equal("80/0/0/20 over 0 of 100", (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task Unpriced_usage_keeps_its_hold_until_a_correction_prices_it()
    {
        var team = await ledger.TeamWithAsync(100);
        var (attempt, record) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await ledger.HoldAsync(team, attempt, 50, sent: true);
        await ledger.PostAsync(ledger.Item(team, attempt, null, record: record));
        Assert.Equal("50/50/0/0 over 0 of 100", (await ledger.WalletAsync(team)).Line());

        await ledger.PostAsync(ledger.Item(team, attempt, 20, corrects: record));
        await ledger.PostAsync(ledger.Item(team, attempt, -5, corrects: record));
        Assert.Equal("85/0/0/15 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task An_item_that_cannot_be_posted_holds_nothing_else_up_and_is_named()
    {
        var (team, spoilt) = (await ledger.TeamWithAsync(100), await ledger.TeamWithAsync(100));
        var (drawn, record) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await ledger.HoldAsync(team, drawn, 50, sent: true);
        var batch = new UsageMetered(
            Guid.CreateVersion7(),
            [
                ledger.Item(spoilt, Guid.CreateVersion7(), 10, FundingClass.External),
                ledger.Item(spoilt, Guid.CreateVersion7(), long.MaxValue, FundingClass.External),
                ledger.Item(team, Guid.CreateVersion7(), 3, FundingClass.External) with { Currency = "EUR" },
                ledger.Item(team, drawn, 20, record: record),
                ledger.Item(team, drawn, -5, corrects: record) with { AwaitsRecord = true },
            ]);
        for (var delivery = 0; delivery < 2; delivery++)
        {
            var refused = await Assert.ThrowsAsync<PostingRefusedException>(() => ledger.Get<PostUsage>().RunAsync(batch, LedgerFixture.Token));
            Assert.Equal([batch.Items[1].RecordId, batch.Items[2].RecordId], refused.RecordIds);
            Assert.Contains($"{batch.Items[1].RecordId}", refused.Message, StringComparison.Ordinal);
            Assert.Equal("85/0/0/15 over 0 of 100", (await ledger.WalletAsync(team)).Line());
            Assert.Equal("90/0/0/10 over 0 of 100", (await ledger.WalletAsync(spoilt)).Line());
        }

        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_is_charged_where_its_record_was_whatever_wallets_there_are_since()
    {
        var team = await ledger.TeamWithAsync(100);
        var record = ledger.Item(team, Guid.CreateVersion7(), 30, FundingClass.External) with { UserId = "ann" };
        await ledger.PostAsync(record);
        await ledger.ExecuteAsync(
            "INSERT INTO wallet (wallet_id, team_id, user_id, parent_id, name, currency, created_at) VALUES ($1, $2, 'ann', $3, 'x', 'USD', now())",
            WalletAccounts.IdOf(team, "ann"), team, WalletAccounts.IdOf(team));
        var own = ledger.Item(team, Guid.CreateVersion7(), 20, FundingClass.External) with { UserId = "ann" };
        await ledger.PostAsync(own);

        await ledger.PostAsync(
            ledger.Item(team, record.AttemptId, -10, FundingClass.External, corrects: record.RecordId) with { UserId = "ann", AwaitsRecord = true },
            ledger.Item(team, own.AttemptId, -5, FundingClass.External, corrects: own.RecordId) with { AwaitsRecord = true });

        Assert.Equal(20, await ledger.ScalarAsync<long>("SELECT spent FROM wallet WHERE wallet_id = $1", WalletAccounts.IdOf(team)));
        Assert.Equal(15, await ledger.ScalarAsync<long>("SELECT spent FROM wallet WHERE wallet_id = $1", WalletAccounts.IdOf(team, "ann")));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task External_and_history_usage_and_usage_without_a_hold_are_each_booked_as_told()
    {
        var team = await ledger.TeamWithAsync(100);
        await ledger.PostAsync(
            ledger.Item(team, Guid.CreateVersion7(), 30, FundingClass.External), ledger.Item(team, Guid.CreateVersion7(), 999, FundingClass.History),
            ledger.Item(team, Guid.CreateVersion7(), 80));
        Assert.Equal("0/0/0/110 over 10 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Usage_of_an_unknown_team_is_charged_to_the_organisation()
    {
        var before = (await ledger.Get<Ledger.ReadWallets>().ListAsync(new ListWalletsRequest(), LedgerFixture.Token)).Wallets[0];
        await ledger.PostAsync(ledger.Item("nobody", Guid.CreateVersion7(), 30, FundingClass.External));
        var after = (await ledger.Get<Ledger.ReadWallets>().ListAsync(new ListWalletsRequest(), LedgerFixture.Token)).Wallets[0];
        Assert.Equal("wal_organisation", after.WalletId);
        Assert.Equal(30, after.SpentNanos - before.SpentNanos);
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Postings_are_listed_by_attempt_with_their_cost_from_entries()
    {
        var team = await ledger.TeamWithAsync(100);
        var attempts = Enumerable.Range(0, 3).Select(_ => Guid.NewGuid()).Order().ToArray();
        await ledger.HoldAsync(team, attempts[0], 40, sent: true);
        var records = Enumerable.Range(0, 2).Select(_ => Guid.NewGuid()).Order().ToArray();
        await ledger.PostAsync(
            ledger.Item(team, attempts[2], 0, FundingClass.External), ledger.Item(team, attempts[0], 45, record: records[0]),
            ledger.Item(team, attempts[1], 5, FundingClass.External), ledger.Item(team, attempts[0], -3, record: records[1], corrects: records[0]));

        var postings = new List<Posting>();
        await foreach (var posting in ledger.Get<PostingStore>().ListAsync(null, null, LedgerFixture.Token))
        {
            postings.Add(posting);
        }

        var mine = postings.Where(posting => posting.TeamId == team).Select(posting => (posting.AttemptId, posting.CostNanos, posting.OverageNanos, posting.Funding));
        Assert.Equal(
            [
                (attempts[0].ToString(), 45, 5, "leased"), (attempts[0].ToString(), -3, 0, "leased"), (attempts[1].ToString(), 5, 0, "external"),
                (attempts[2].ToString(), 0, 0, "external"),
            ],
            mine);
        Assert.Equal(postings.OrderBy(posting => posting.AttemptId, StringComparer.Ordinal).Select(p => p.AttemptId), postings.Select(p => p.AttemptId));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_posting_belongs_to_the_attempts_trace_and_links_to_its_batch()
    {
        // Other classes' postings end on threads of their own.
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Platform.Wallet" or "test",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("test");
        var team = await ledger.TeamWithAsync(100);
        var attempt = Guid.CreateVersion7();
        const string traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

        using var consume = source.StartActivity("consume")!;
        await ledger.PostAsync(ledger.Item(team, attempt, 5, FundingClass.External) with { Traceparent = traceparent });

        var span = spans.Single(span => span.OperationName == "wallet post" && Equals(span.GetTagItem("kt.attempt_id"), attempt.ToString()));
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", span.TraceId.ToString());
        Assert.Equal("b7ad6b7169203331", span.ParentSpanId.ToString());
        Assert.Equal(consume.SpanId, span.Links.Single().Context.SpanId);
    }
}
