using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>Allocations and their calendar, on a database and clock of its own: a calendar concerns everybody.</summary>
public abstract class AllocationCase : IAsyncLifetime
{
    private protected LedgerFixture Ledger { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Ledger.InitializeAsync();
        Ledger.Time.SetUtcNow(At("2027-03-10T12:00:00Z"));
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task PassAsync(string moment)
    {
        Ledger.Time.SetUtcNow(At(moment));
        await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token);
    }

    protected Task<bool> SpendAsync(string team, long cost) => Ledger.PostAsync(Ledger.Item(team, Guid.CreateVersion7(), cost, FundingClass.External));

    protected Task<Transfer> AllocateAsync(string team, long amount, string endsAt, PeriodEnd atEnd) => Ledger.Get<AllocateFunds>().RunAsync(
        new AllocateRequest
        {
            TeamId = team, AmountNanos = amount, Currency = "USD", EndsAt = At(endsAt).ToTimestampUtc(), AtEnd = atEnd, IdempotencyKey = Guid.CreateVersion7().ToString(),
        }, "test", LedgerFixture.Token);

    protected Task<Allocation> PlanAsync(
        string team, long amount, Recurrence recurrence, PeriodEnd atEnd, string? startsAt = null, string? endsAt = null, string zone = "", string user = "") =>
        Ledger.Get<PlanAllocation>().RunAsync(
            new PlanAllocationRequest
            {
                TeamId = team, UserId = user, AmountNanos = amount, Currency = "USD", Recurrence = recurrence, AtEnd = atEnd, TimeZone = zone,
                StartsAt = startsAt is null ? null : At(startsAt).ToTimestampUtc(), EndsAt = endsAt is null ? null : At(endsAt).ToTimestampUtc(),
                IdempotencyKey = Guid.CreateVersion7().ToString(),
            }, "test", LedgerFixture.Token);

    protected async Task<Allocation> OnlyAsync(string team) =>
        (await Ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { WalletId = $"wal_{team}" }, LedgerFixture.Token)).Allocations.Single();

    protected async Task<IReadOnlyList<Transfer>> TransactionsAsync(string wallet) =>
        (await Ledger.Get<ListTransactions>().RunAsync(new ListTransactionsRequest { WalletId = wallet }, LedgerFixture.Token)).Transactions;

    protected static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    protected async Task<string> PeriodsAsync(string team)
    {
        var all = await Ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { WalletId = $"wal_{team}", All = true }, LedgerFixture.Token);
        return string.Join("; ", all.Allocations.SelectMany(allocation => allocation.Periods).Select(period =>
            $"{period.AmountNanos} left {period.RemainingNanos} returned {period.ReturnedNanos} {(period.Ended ? "ended" : period.Ending ? "ending" : "running")}"));
    }

    protected static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
