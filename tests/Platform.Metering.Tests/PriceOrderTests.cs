using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests;

/// <summary>Usage that is recorded while its price changes: none is missed, whichever comes first.</summary>
public sealed class PriceOrderTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _metering = await MeteringFixture.CreateAsync();

        // The month has its table before it is held.
        await _metering.RecordAsync(Events.New("before", Start.AddDays(-3)));
    }

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Price_waits_for_an_intake_under_way_and_corrects_what_it_recorded()
    {
        var held = await HeldTable.HoldAsync(_metering);
        var recording = _metering.RecordAsync(Events.New("unpriced", Start, usage => usage.ModelServed = "own-model"), Events.New("dearer", Start.AddHours(1)));
        await held.WritersAsync(1);
        var setting = SetBothAsync();
        await held.CloserAsync();
        Assert.Equal(0, await RepriceAsync());

        await held.DisposeAsync();
        Assert.Equal([RecordOutcome.AcceptedUnpriced, RecordOutcome.Accepted], (await recording).Results.Select(result => result.Outcome));
        await setting;
        Assert.Equal(2, await RepriceAsync());
        await AssertAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Intake_that_was_rated_before_a_price_came_is_rated_anew()
    {
        // The price is about to commit: it keeps out an intake that has read the book before.
        var held = await HeldTable.HoldAsync(_metering);
        var first = _metering.RecordAsync(Events.New("first", Start.AddDays(-1)));
        await held.WritersAsync(1);
        var setting = SetBothAsync();
        await held.CloserAsync();
        var recording = _metering.RecordAsync(Events.New("unpriced", Start, usage => usage.ModelServed = "own-model"), Events.New("dearer", Start.AddHours(1)));
        await held.IntakeAsync();

        await held.DisposeAsync();
        await first;
        await setting;
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Accepted], (await recording).Results.Select(result => result.Outcome));
        Assert.Equal(0, await RepriceAsync());
        await AssertAsync();
    }

    /// <summary>A price for a model that had none, and a dearer one for one that had one, both since before the calls.</summary>
    private async Task SetBothAsync()
    {
        var request = new ImportPricesRequest
        {
            Prices =
            {
                PriceRows.New("own-model", 1_000_000_000, 1_000_000_000, Start.AddMinutes(-5)), PriceRows.New("gpt-4o-mini", 300_000_000, 600_000_000, Start.AddMinutes(30)),
            },
            Retroactive = true, Apply = true, IdempotencyKey = "both",
        };
        await _metering.Get<ImportPrices>().RunAsync(request, "key_test", Cancel);
    }

    private async Task AssertAsync()
    {
        var byModel = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Model }, From = Spend.At("2026-06-10").ToTimestampUtc() });
        Assert.Equal([("gpt-4o-mini", 600_000), ("own-model", 1_500_000)], byModel.Rows.Select(row => (row.Keys[0], row.CostNanos)));
        Assert.Equal(0, byModel.Total.UnpricedCalls);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    private Task<int> RepriceAsync() => _metering.Get<RepriceUsage>().RunAsync(Cancel);
}
