using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using PriceBook = Platform.Metering.Prices.PriceBook;

namespace Platform.Metering.Tests;

/// <summary>A database that is set back has lost prices that attempts, holds and the ledger still name.</summary>
public sealed class RestoredPriceBookTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 10, 0, 0, 0, TimeSpan.Zero));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Price_that_was_lost_gives_its_id_and_its_revision_to_no_other()
    {
        await SetAsync(PriceRows.New("gpt-4o", 1_000_000_000, 1_000_000_000));
        var (revision, lastId) = (await _metering.ScalarAsync<long>("SELECT revision FROM price_book"), await _metering.ScalarAsync<long>("SELECT last_value FROM price_price_id_seq"));
        _time.Advance(TimeSpan.FromMinutes(1));
        var lost = await SetAsync(PriceRows.New("gpt-4o-mini", 3_000_000_000, 6_000_000_000));

        // As a dump of the minute before has it, under a service that goes on.
        await _metering.ScalarAsync<long>($"""
            DELETE FROM repricing WHERE price_id = {lost.PriceId};
            DELETE FROM price WHERE price_id = {lost.PriceId};
            UPDATE price SET effective_to = NULL WHERE provider = 'openai' AND model = 'gpt-4o-mini' AND tier = 'standard' AND effective_to = '{lost.EffectiveFrom.ToDateTimeOffset():O}';
            UPDATE price_book SET revision = {revision};
            SELECT setval('price_price_id_seq', {lastId});
            """);
        _time.Advance(TimeSpan.FromMinutes(1));
        var other = await SetAsync(PriceRows.New("gpt-4o", 5_000_000_000, 20_000_000_000));

        // The book that is asked for is the one that is there.
        var book = await _metering.Get<PriceBook>().GetCurrentAsync(Cancel);
        Assert.Equal((null, 5_000_000_000), (book.ById(lost.PriceId), book.ById(other.PriceId)?.Price.InputPerMillion));

        // What was sent at the lost price has none, rather than that of another model.
        var answer = await _metering.RecordAsync(Events.New("sent", _time.GetUtcNow().AddMinutes(-1), usage => (usage.ModelServed, usage.PriceId) = ("gpt-4o-mini", lost.PriceId)));
        Assert.Equal(RecordOutcome.AcceptedUnpriced, Assert.Single(answer.Results).Outcome);
    }

    private Task<PriceRow> SetAsync(PriceRow row) =>
        _metering.Get<SetPrice>().RunAsync(new SetPriceRequest { IdempotencyKey = Guid.NewGuid().ToString(), Price = row }, "key_test", Cancel);
}
