using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests.Funds;

/// <summary>An organisation that has all that an amount can be: 9.2 billion of its currency, which is half a million dollars in some. Nothing wraps, and what leaves the range is refused with its reason.</summary>
public sealed class LargestAmountTests : IAsyncLifetime
{
    private readonly LedgerFixture _ledger = new();

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        await _ledger.CreditAsync(long.MaxValue - await _ledger.ScalarAsync<long>("SELECT credited FROM wallet WHERE wallet_id = 'wal_organisation'"));
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Statement_of_money_that_went_to_and_fro_is_refused_where_its_sums_leave_the_range_and_shorter_ones_are_not()
    {
        var team = await _ledger.TeamWithAsync(0);
        var all = await _ledger.ScalarAsync<long>("SELECT available FROM wallet WHERE wallet_id = 'wal_organisation'");
        var from = _ledger.Time.GetUtcNow();
        await _ledger.AllocateAsync(team, all);
        await _ledger.Get<ReclaimFunds>().RunAsync(
            new ReclaimRequest { TeamId = team, AmountNanos = all, Currency = "USD", IdempotencyKey = "back" }, "test", LedgerFixture.Token);
        _ledger.Time.Advance(TimeSpan.FromHours(1));
        var second = _ledger.Time.GetUtcNow();
        await _ledger.AllocateAsync(team, all);
        await _ledger.HoldAsync(team, Guid.CreateVersion7(), all);
        var end = second.AddHours(1);

        Assert.Equal(Reasons.AmountInvalid, await HoldTests.TryAsync(() => StatementAsync(from, end)));
        var (first, last) = (await StatementAsync(from, second), await StatementAsync(second, end));
        Assert.Equal((all, all, 0), (first.AllocatedInNanos, first.ReclaimedOutNanos, first.Closing.TotalNanos));
        Assert.Equal((all, 0, all), (last.AllocatedInNanos, last.Closing.AvailableNanos, last.Closing.SetAsideNanos));

        Task<Statement> StatementAsync(DateTimeOffset begin, DateTimeOffset until) => _ledger.Get<GetStatement>().RunAsync(
            new GetStatementRequest { WalletId = $"wal_{team}", From = begin.ToTimestampUtc(), To = until.ToTimestampUtc() }, LedgerFixture.Token);
    }

    [Fact(Timeout = 300_000)]
    public async Task Nothing_wraps_at_the_largest_amount()
    {
        var team = await _ledger.TeamWithAsync(0);
        Assert.Equal(Reasons.AmountInvalid, await HoldTests.TryAsync(() => _ledger.CreditAsync(1)));
        var refusal = await Assert.ThrowsAsync<RpcException>(() => _ledger.CreditAsync(1));
        Assert.Contains("may be 9223372036.854775807 USD: 9223372036.854775807 was, so 0.00 may still be.", refusal.Status.Detail, StringComparison.Ordinal);
        var all = await _ledger.ScalarAsync<long>("SELECT available FROM wallet WHERE wallet_id = 'wal_organisation'");
        await CapTests.SetAsync(_ledger, CapScope.Team, team, long.MaxValue);
        await _ledger.AllocateAsync(team, all);
        Assert.Equal((long.MaxValue, Reasons.InsufficientFunds), (all, await HoldTests.TryAsync(() => _ledger.AllocateAsync(team, long.MaxValue))));

        // A lease of twenty bounds that are all there is each, and one call that takes all of it.
        Assert.Equal(LeaseOutcome.UseHolds, (await new LeaseClient(_ledger, team).AcquireAsync(long.MaxValue, bound: long.MaxValue)).Outcome);
        var whole = Guid.CreateVersion7();
        Assert.Equal(HoldOutcome.Held, await _ledger.HoldAsync(team, whole, all));
        Assert.Equal(HoldOutcome.CapReached, await _ledger.HoldAsync(team, Guid.CreateVersion7(), long.MaxValue));
        await _ledger.ResolveAsync(whole, new HoldInput.Release("unused"));
        var (lease, attempt) = (new LeaseClient(_ledger, team), Guid.CreateVersion7());
        Assert.Equal(all / 2, (await lease.AcquireAsync(long.MaxValue)).GrantedNanos);
        await _ledger.PostAsync(lease.Item(all / 2, bound: all / 2));
        await _ledger.HoldAsync(team, attempt, all - all / 2);
        await _ledger.PostAsync(_ledger.Item(team, attempt, all - all / 2));
        Assert.Equal($"0/0/0/{all} over 0 of {all}", (await _ledger.WalletAsync(team)).Line());

        // Beyond all of it: the record goes where people see it, and the ledger stays as it is.
        var failure = await Record.ExceptionAsync(() => _ledger.PostAsync(_ledger.Item(team, Guid.CreateVersion7(), long.MaxValue)));
        Assert.IsType<PostingRefusedException>(failure);
        Assert.Equal($"0/0/0/{all} over 0 of {all}", (await _ledger.WalletAsync(team)).Line());
        await _ledger.VerifyAsync();
    }
}
