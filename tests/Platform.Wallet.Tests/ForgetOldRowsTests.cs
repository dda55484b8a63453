using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres.Forgetting;
using Platform.Wallet.Allocations;
using Platform.Wallet.Holds;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests;

/// <summary>What is forgotten, and that its return moves no money.</summary>
public sealed class ForgetOldRowsTests : IAsyncLifetime
{
    private readonly LedgerFixture _ledger = new();

    public ValueTask InitializeAsync() => _ledger.InitializeAsync();

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Usage_message_that_comes_again_after_it_was_forgotten_moves_nothing_and_is_corrected_as_ever()
    {
        var team = await _ledger.TeamWithAsync(1_000);
        var (held, external, record) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await _ledger.HoldAsync(team, held, 100, sent: true);
        var batch = new UsageMetered(
            Guid.CreateVersion7(),
            [
                _ledger.Item(team, held, 70, record: record), _ledger.Item(team, external, 30, FundingClass.External),
                _ledger.Item(team, held, -5, corrects: record),
            ]);
        Assert.True(await _ledger.Get<PostUsage>().RunAsync(batch, LedgerFixture.Token));
        const string after = "905/0/0/95 over 0 of 1000";
        Assert.Equal(after, (await _ledger.WalletAsync(team)).Line());

        _ledger.Time.Advance(TimeSpan.FromDays(89));
        Assert.Equal(0, await ForgetAsync());
        _ledger.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(1, await ForgetAsync());
        Assert.Equal(0, await _ledger.ScalarAsync<long>("SELECT count(*) FROM inbox"));

        await _ledger.Get<PostUsage>().RunAsync(batch, LedgerFixture.Token);
        Assert.Equal(after, (await _ledger.WalletAsync(team)).Line());

        _ledger.Time.Advance(TimeSpan.FromDays(500));
        await ForgetAsync();
        await _ledger.PostAsync(_ledger.Item(team, held, -15, corrects: record));
        Assert.Equal("920/0/0/80 over 0 of 1000", (await _ledger.WalletAsync(team)).Line());
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Answer_is_repeated_until_it_is_forgotten_and_its_key_moves_nothing_again()
    {
        var first = await _ledger.CreditAsync(5, "june");
        _ledger.Time.Advance(TimeSpan.FromDays(399));
        await ForgetAsync();
        Assert.Equal(first, await _ledger.CreditAsync(5, "june"));

        _ledger.Time.Advance(TimeSpan.FromDays(2));
        await ForgetAsync();
        var refused = await Assert.ThrowsAsync<RpcException>(() => _ledger.CreditAsync(5, "june"));
        Assert.Equal(Reasons.IdempotencyConflict, RpcErrors.ReasonOf(refused));
        Assert.Contains(first.TransferId, refused.Status.Detail, StringComparison.Ordinal);
        Assert.NotEqual(first.TransferId, (await _ledger.CreditAsync(5, "june 2027")).TransferId);
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Plan_is_answered_as_before_until_that_is_forgotten_and_its_key_plans_nothing_again()
    {
        var team = await _ledger.TeamWithAsync(0);
        var first = await PlanAsync(team, "monthly budget");
        _ledger.Time.Advance(TimeSpan.FromDays(399));
        await ForgetAsync();
        Assert.Equal(first, await PlanAsync(team, "monthly budget"));

        _ledger.Time.Advance(TimeSpan.FromDays(2));
        await ForgetAsync();
        var refused = await Assert.ThrowsAsync<RpcException>(() => PlanAsync(team, "monthly budget"));
        Assert.Equal(Reasons.IdempotencyConflict, RpcErrors.ReasonOf(refused));
        Assert.Contains(first.AllocationId, refused.Status.Detail, StringComparison.Ordinal);

        var other = await PlanAsync(team, "another one");
        var listed = await _ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { WalletId = first.WalletId }, LedgerFixture.Token);
        Assert.Equal([other.AllocationId, first.AllocationId], listed.Allocations.Select(allocation => allocation.AllocationId));
    }

    [Fact(Timeout = 300_000)]
    public async Task Refused_attempt_is_refused_again_until_it_is_forgotten_and_then_decided_anew()
    {
        var team = await _ledger.TeamWithAsync(10);
        var attempt = Guid.CreateVersion7();
        Assert.Equal(HoldOutcome.InsufficientFunds, await _ledger.HoldAsync(team, attempt, 50));
        await _ledger.FundAsync(team, 100);
        Assert.Equal(HoldOutcome.InsufficientFunds, await _ledger.HoldAsync(team, attempt, 50));

        _ledger.Time.Advance(TimeSpan.FromDays(91));
        Assert.Equal(1, await ForgetAsync());
        Assert.Equal(HoldOutcome.Held, await _ledger.HoldAsync(team, attempt, 50));
        await _ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_money_without_tokens_has_spent_is_forgotten_when_no_pace_looks_back_so_far()
    {
        var team = await _ledger.TeamWithAsync(1_000);
        await _ledger.PostAsync(_ledger.Item(team, Guid.CreateVersion7(), 40, FundingClass.External) with { Calls = 0 });
        _ledger.Time.Advance(TimeSpan.FromDays(59));
        await ForgetAsync();
        Assert.Equal(1, await _ledger.ScalarAsync<long>("SELECT count(*) FROM adjusted_spend"));

        _ledger.Time.Advance(TimeSpan.FromDays(2));
        await ForgetAsync();
        Assert.Equal(0, await _ledger.ScalarAsync<long>("SELECT count(*) FROM adjusted_spend"));
        Assert.Equal("960/0/0/40 over 0 of 1000", (await _ledger.WalletAsync(team)).Line());
        await _ledger.VerifyAsync();
    }

    private Task<Allocation> PlanAsync(string team, string key) => _ledger.Get<PlanAllocation>().RunAsync(
        new PlanAllocationRequest
        {
            TeamId = team, AmountNanos = 50, Currency = "USD", Recurrence = Recurrence.Monthly, AtEnd = PeriodEnd.Return, IdempotencyKey = key,
        }, "test", LedgerFixture.Token);

    private Task<long> ForgetAsync() => new ForgetOldRows(
        _ledger.DataSource, [AgingTable.Inbox, AgingTable.Idempotency, HoldStore.RefusedAttempts, AdjustedSpendStore.Aging], Options.Create(new ForgettingOptions()), _ledger.Time,
        NullLogger<ForgetOldRows>.Instance).RunAsync(LedgerFixture.Token);
}
