using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;

namespace Platform.Metering.Tests;

/// <summary>A list of as many rows as one may have is applied while its caller waits.</summary>
public sealed class LongPriceListTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Spend.At("2026-06-10T12:00Z"));
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    /// <summary>One statement a round trip, a list of ten thousand took longer than any caller waits, and its repeats too.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Long_list_is_taken_over_in_few_round_trips_each_row_with_its_tiers_its_end_and_what_it_owes()
    {
        const int rows = 1_200;
        var before = await _metering.ScalarAsync<long>("SELECT count(*) FROM price");
        var request = new ImportPricesRequest { Prices = { Enumerable.Range(0, rows).Select(number => PriceImportTests.Tiered(PriceImportTests.Row($"long-{number}", 1 + number))) } };
        Assert.InRange(await RoundTripsAsync(() => ImportAsync(request)), 1, 60);

        _time.Advance(TimeSpan.FromHours(1));
        foreach (var row in request.Prices)
        {
            row.InputPerMillion += 1;
        }

        request.Aliases.Add(Enumerable.Range(0, rows).Select(number => PriceImportTests.Alias($"other-{number}", $"long-{number}")));
        ImportPricesResponse answer = null!;
        Assert.InRange(await RoundTripsAsync(async () => answer = await ImportAsync(request)), 1, 60);

        Assert.Equal(rows, answer.AliasesAdded);
        Assert.Equal(before + (2 * rows), await _metering.ScalarAsync<long>("SELECT count(*) FROM price"));
        Assert.Equal(
            rows,
            await _metering.ScalarAsync<long>("""
                SELECT count(*) FROM price old JOIN price new ON new.model = old.model AND new.effective_from = old.effective_to AND new.input_per_million = old.input_per_million + 1
                JOIN price_context_tier t ON t.price_id = new.price_id AND t.output_per_million = 2 * new.output_per_million
                WHERE old.model = 'long-' || (old.output_per_million / 1000000000 - 1) AND new.effective_to IS NULL
                """));

        // Its first price owes all that was before it; the second, which began now, nothing but by its new name, and then each has one work.
        Assert.Equal(
            "2400 2400",
            await _metering.ScalarAsync<string>("SELECT count(*) || ' ' || count(DISTINCT price_id) FROM repricing JOIN price USING (price_id) WHERE model LIKE 'long-%'"));
    }

    private static async Task<int> RoundTripsAsync(Func<Task> work)
    {
        var trips = 0;
        using var ours = new Activity("import").Start();
        var trace = ours.TraceId;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == trace ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,

            // Told of those too that another test's listener has asked for.
            ActivityStarted = activity => Interlocked.Add(ref trips, activity.TraceId == trace ? 1 : 0),
        };
        ActivitySource.AddActivityListener(listener);
        await work();
        return trips;
    }

    private Task<ImportPricesResponse> ImportAsync(ImportPricesRequest request) =>
        _metering.Get<ImportPrices>().RunAsync(PriceImportTests.Applied(request), "key_test", TestContext.Current.CancellationToken);
}
