using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Tests.Imports;
using Platform.Metering.Waste;

namespace Platform.Metering.Tests;

/// <summary>What imports bring is waste like any other, until it is taken back.</summary>
public sealed class WasteOfImportsTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Spend.At("2026-06-05T12:00Z"));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _metering = await MeteringFixture.CreateAsync(_time);
        await SetAsync("gpt-4o", 1_250_000_000, 5_000_000_000);
        await SetAsync("gpt-4o-mini", 75_000_000, 300_000_000);
    }

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task What_was_taken_back_is_in_no_signal_nor_evidence_and_takes_nothing_from_what_stands()
    {
        await RecordAsync(Small("stands", "gpt-4o"), Small("cheap", "gpt-4o-mini"), Small("failed", "gpt-4o-mini", Outcome.Failed));
        var before = await ReadAsync();
        var parts = await PartsAsync();
        Assert.Single(Assert.Single(Signal(before, WasteKind.RightSizing).Rows).Evidence);
        Assert.Equal(1, Signal(before, WasteKind.Failed).Calls);

        var import = await _metering.ImportAsync(ImportSteps.Settings("team_support"), [
            Row("small", row => { }), Row("failed", row => row.Outcome = Outcome.Failed), Row("closed", row => (row.Outcome, row.Requests) = (Outcome.ClientClosed, 3)),
        ]);
        var with = await ReadAsync();
        Assert.Equal((2, 2, 3), (Signal(with, WasteKind.RightSizing).Calls, Signal(with, WasteKind.Failed).Calls, Signal(with, WasteKind.Abandoned).Calls));

        await _metering.UndoAsync(import);
        Assert.Equal(before, await ReadAsync());
        Assert.Equal(parts, await PartsAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Record_of_many_calls_is_not_small_at_any_tier()
    {
        await RecordAsync(Small("stands", "gpt-4o"), Small("cheap", "gpt-4o-mini"));
        var before = Signal(await ReadAsync(), WasteKind.RightSizing);
        Assert.Equal(1, before.Calls);

        await _metering.ImportAsync(ImportSteps.Settings("team_support"), [Row("many", row => row.Requests = 100)]);
        Assert.Equal(before, Signal(await ReadAsync(), WasteKind.RightSizing));
    }

    private static ImportRow Row(string key, Action<ImportRow> with) => ImportSteps.Row(key, row =>
    {
        (row.Model, row.ServiceTier, row.Tokens) = ("gpt-4o", "batch", new Tokens { Input = 800, Output = 100 });
        with(row);
    });

    /// <summary>In the cells that imports have.</summary>
    private static UsageEvent Small(string eventId, string model, Outcome outcome = Outcome.Succeeded) => Events.New(eventId, ImportSteps.Day.AddHours(10), usage =>
    {
        (usage.Workload, usage.Lane, usage.ModelServed, usage.Outcome) = ("", "", model, outcome);
        usage.Tokens = new Tokens { Input = 800, Output = 100 };
    });

    private static WasteSignal Signal(WasteReport report, WasteKind kind) => report.Signals.Single(signal => signal.Kind == kind);

    private async Task RecordAsync(params IReadOnlyList<UsageEvent> events) =>
        Assert.All((await _metering.RecordAsync(events)).Results, result => Assert.Equal(RecordOutcome.Accepted, result.Outcome));

    private Task<WasteReport> ReadAsync() => _metering.Get<GetWaste>().RunAsync(new GetWasteRequest { Evidence = 5 }, Cancel);

    private Task<GetWastePartsResponse> PartsAsync() => _metering.Get<GetWasteParts>().RunAsync(new GetWastePartsRequest(), Cancel);

    private Task<PriceRow> SetAsync(string model, long input, long output) => _metering.Get<SetPrice>().RunAsync(
        new SetPriceRequest
        {
            Price = new PriceRow
            {
                Provider = "openai", Model = model, Tier = "batch", Currency = "USD", InputPerMillion = input, CachedInputPerMillion = input, CacheWritePerMillion = input,
                OutputPerMillion = output, ReasoningPerMillion = output, Source = "test", EffectiveFrom = ImportSteps.Day.ToTimestampUtc(),
            },
            IdempotencyKey = model, Retroactive = true,
        }, "key_test", Cancel);
}
