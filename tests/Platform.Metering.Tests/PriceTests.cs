using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;

namespace Platform.Metering.Tests;

public sealed class PriceTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private const long Most = 10_000 * Money.NanosPerUnit;

    private readonly FakeTimeProvider _time = new(Start);
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task New_version_ends_the_one_before_where_it_begins()
    {
        var row = await SetAsync(Row(200_000_000, Start.AddDays(1)), "a");
        var between = await SetAsync(Row(170_000_000), "b");
        var book = await _metering.Get<PriceStore>().ReadBookAsync(TestContext.Current.CancellationToken);

        Assert.Equal(row.EffectiveFrom, between.EffectiveTo);
        Assert.Equal(
            [(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), Start), (Start, Start.AddDays(1)), (Start.AddDays(1), (DateTimeOffset?)null)],
            book.Versions.Where(version => version.Price.Model == "gpt-4o-mini").OrderBy(version => version.EffectiveFrom)
                .Select(version => (version.EffectiveFrom, version.EffectiveTo)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Attempt_is_rated_at_the_version_of_its_intent_else_at_the_one_in_force_when_it_was_sent()
    {
        var old = (await _metering.Get<PriceStore>().ReadBookAsync(TestContext.Current.CancellationToken)).Versions.Single(version => version.Price.Model == "gpt-4o-mini");
        await SetAsync(Row(300_000_000), "a");
        _time.Advance(TimeSpan.FromHours(1));
        var answer = await _metering.RecordAsync(
            Events.New("before", Start.AddMicroseconds(-1)),
            Events.New("at", Start),
            Events.New("intent", Start.AddMinutes(1), usage => usage.PriceId = old.Price.PriceId));

        Assert.Equal([450_000, 600_000, 450_000], answer.Results.Select(result => result.CostNanos));
    }

    [Fact(Timeout = 300_000)]
    public async Task Price_in_another_currency_negative_or_in_the_past_is_refused()
    {
        var before = await _metering.ScalarAsync<string>("SELECT (SELECT count(*) FROM price) || ' ' || (SELECT revision FROM price_book)");
        foreach (var spoil in new Action<PriceRow>[]
                 {
                     row => row.Currency = "EUR", row => row.OutputPerMillion = -1, row => row.Source = "", row => row.Model = "",
                     row => row.EffectiveFrom = Start.AddSeconds(-1).ToTimestampUtc(),
                 })
        {
            var row = Row(1);
            spoil(row);
            var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => SetAsync(row, "a"));
            Assert.Equal(Grpc.Core.StatusCode.InvalidArgument, error.StatusCode);
        }

        Assert.Equal(before, await _metering.ScalarAsync<string>("SELECT (SELECT count(*) FROM price) || ' ' || (SELECT revision FROM price_book)"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Rate_of_every_kind_is_bounded_when_set_and_when_imported()
    {
        foreach (var spoil in new Action<PriceRow>[]
                 {
                     row => row.InputPerMillion = Most + 1, row => row.CachedInputPerMillion = Most + 1, row => row.CacheWritePerMillion = Most + 1,
                     row => row.CacheWrite1HPerMillion = Most + 1, row => row.OutputPerMillion = Most + 1, row => row.ReasoningPerMillion = Most + 1,
                     row => row.PerRequest = Most + 1, row => row.ContextTiers.Add(new PriceContextTier { AboveInputTokens = 1, OutputPerMillion = Most + 1 }),
                 })
        {
            var row = Row(Most);
            spoil(row);
            var set = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => SetAsync(row, "a"));
            Assert.Contains("must be 0 to 10000.00 USD", set.Status.Detail, StringComparison.Ordinal);
            Assert.Contains("it is 10000.000000001", set.Status.Detail, StringComparison.Ordinal);
            var import = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.Get<ImportPrices>().RunAsync(
                new ImportPricesRequest { Prices = { Row(1), row } }, "key_test", TestContext.Current.CancellationToken));
            Assert.Contains("prices[2]: ", import.Status.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(Most, (await SetAsync(Row(Most), "a")).InputPerMillion);
    }

    [Theory]
    [InlineData("JPY", "27000", true)]
    [InlineData("JPY", "1000000", true)]
    [InlineData("JPY", "1000000.000000001", false)]
    [InlineData("KRW", "880000", true)]
    [InlineData("IDR", "10000000", true)]
    [InlineData("EUR", "10000.01", false)]
    public void Rate_is_bounded_by_what_a_unit_of_its_currency_is_worth(string currency, string figure, bool isFine)
    {
        Assert.True(Money.TryFromDecimal(decimal.Parse(figure, System.Globalization.CultureInfo.InvariantCulture), out var rate));
        var row = Row(rate.Nanos);
        row.Currency = currency;
        Assert.Equal(isFine, PriceCheck.Check(row, currency) is null);
    }

    [Fact(Timeout = 300_000)]
    public async Task Same_key_answers_the_same_and_with_another_price_conflicts()
    {
        var first = await SetAsync(Row(200_000_000), "a");
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(first, await SetAsync(Row(200_000_000), "a"));
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => SetAsync(Row(1), "a"));
        Assert.Equal(Reasons.IdempotencyConflict, RpcErrors.ReasonOf(error));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Long_book_comes_in_parts_to_who_puts_them_together(bool inParts)
    {
        await using var metering = await MeteringFixture.CreateAsync();
        var aliases = Enumerable.Range(0, 2_500).Select(number => new PriceAlias { Provider = "openai", Alias = $"name-{number}", Model = "model-0", Source = "test" });
        var request = new ImportPricesRequest { Apply = true, IdempotencyKey = "long", Aliases = { aliases }, Prices = { Enumerable.Range(0, 1_500).Select(number => PriceRows.New($"model-{number}", 1, 1)) } };
        await metering.Get<ImportPrices>().RunAsync(request, "key_test", TestContext.Current.CancellationToken);
        var parts = new List<Contracts.Metering.V1.PriceBook>();
        await foreach (var part in metering.Get<WatchPrices>().RunAsync(inParts, TestContext.Current.CancellationToken))
        {
            parts.Add(part);
            if (!part.More)
            {
                break;
            }
        }

        Assert.Equal(inParts ? 3 : 1, parts.Count);
        Assert.Single(parts.Select(part => part.Revision).Distinct());
        Assert.All(parts, part => Assert.True(!inParts || Math.Max(part.Prices.Count, part.Aliases.Count) <= 1_000));
        var models = parts.SelectMany(part => part.Prices).Select(price => price.Model).ToHashSet();
        Assert.All(Enumerable.Range(0, 1_500), number => Assert.Contains($"model-{number}", models));
        Assert.Equal(2_500, parts.SelectMany(part => part.Aliases).Count(alias => alias.Model == "model-0"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Watcher_gets_the_book_then_changes_then_heartbeats()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var metering = await MeteringFixture.CreateAsync(time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(TimeSpan.FromSeconds(50));
        await using var watch = metering.Get<WatchPrices>().RunAsync(inParts: true, stop.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.True(await watch.MoveNextAsync());
        var first = watch.Current;
        Assert.Equal(await metering.ScalarAsync<long>("SELECT count(*) FROM price WHERE effective_from <= now() AND (effective_to IS NULL OR effective_to > now())"), first.Prices.Count);

        // A version that is still to come changes nothing in force, but the book's revision; when its time comes the rows are told again.
        var soon = Row(200_000_000, time.GetUtcNow().AddSeconds(1));
        await metering.Get<SetPrice>().RunAsync(new SetPriceRequest { Price = soon, IdempotencyKey = "a" }, "key_test", TestContext.Current.CancellationToken);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(150_000_000, watch.Current.Prices.Single(row => row.Model == "gpt-4o-mini").InputPerMillion);
        Assert.True(await PassAsync(watch.MoveNextAsync().AsTask()));
        Assert.True(watch.Current.Revision > first.Revision);
        Assert.Equal(200_000_000, watch.Current.Prices.Single(row => row.Model == "gpt-4o-mini").InputPerMillion);
        var last = watch.Current.Revision;
        Assert.True(await PassAsync(watch.MoveNextAsync().AsTask()));
        Assert.Equal((last, 0), (watch.Current.Revision, watch.Current.Prices.Count));

        // The watcher waits for the next moment to look at by this clock, which nothing else turns.
        async Task<bool> PassAsync(Task<bool> next)
        {
            while (!next.IsCompleted)
            {
                time.Advance(TimeSpan.FromMilliseconds(500));
                await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(25), stop.Token));
            }

            return await next;
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Change_made_by_another_replica_is_rated_by_at_once()
    {
        await _metering.Get<Prices.PriceBook>().GetCurrentAsync(TestContext.Current.CancellationToken);
        var replica = new Prices.PriceBook(
            _metering.Get<PriceStore>(), _time, Microsoft.Extensions.Logging.Abstractions.NullLogger<Prices.PriceBook>.Instance);
        await replica.GetCurrentAsync(TestContext.Current.CancellationToken);
        await SetAsync(Row(200_000_000), "a");
        var seen = await replica.GetCurrentAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200_000_000, seen.Find(0, new PriceSubject("openai", "gpt-4o-mini", "standard", ""), Start)!.Price.InputPerMillion);
    }

    private Task<PriceRow> SetAsync(PriceRow row, string key) =>
        _metering.Get<SetPrice>().RunAsync(new SetPriceRequest { Price = row, IdempotencyKey = key }, "key_test", TestContext.Current.CancellationToken);

    private static PriceRow Row(long input, DateTimeOffset? from = null) => new()
    {
        Provider = "openai", Model = "gpt-4o-mini", Currency = "USD", InputPerMillion = input, CachedInputPerMillion = 75_000_000,
        CacheWritePerMillion = input, OutputPerMillion = 600_000_000, ReasoningPerMillion = 600_000_000, Source = "test", EffectiveFrom = from.ToTimestampUtc(),
    };
}
