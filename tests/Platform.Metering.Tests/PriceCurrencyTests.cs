using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Metering.Teams;
using Platform.Rating;
using Platform.Testing;
using static Platform.Testing.RolesByName;

namespace Platform.Metering.Tests;

/// <summary>An organisation in euros beside a starter book in dollars, whose prices are none of its own.</summary>
public sealed class PriceCurrencyTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = Spend.At("2026-06-10T12:00Z");

    private readonly FakeTimeProvider _time = new(Start);
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _metering = await MeteringFixture.CreateAsync(_time, configure: services => services.AddSingleton<ITeamSource>(new TeamsInEuros()));

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task First_price_in_the_organisations_currency_rates_what_waited_beside_one_in_another()
    {
        // The dated name is an alias of the starter book.
        await _metering.RecordAsync(Events.New("one", Start.AddDays(-3)), Events.New("dated", Start.AddDays(-2), usage => usage.ModelServed = "gpt-4o-mini-2024-07-18"));
        Assert.Equal((0, 2), await SpentAsync());
        var request = new ImportPricesRequest { Prices = { Row(0.20m, 0.60m) }, Corrections = true };
        var preview = (await ImportAsync(request)).Corrections;
        Assert.Equal((2, 1_000_000), (preview.Records, preview.DifferenceNanos));

        (request.Corrections, request.Apply, request.IdempotencyKey) = (false, true, "apply");
        Assert.Equal(PriceChangeKind.Added, Assert.Single((await ImportAsync(request)).Changes).Kind);
        Assert.Equal(2, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal((1_000_000, 0), await SpentAsync());

        _time.Advance(TimeSpan.FromHours(1));
        var book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);
        Assert.Equal("EUR", Assert.Single(book.In("EUR").InForceAt(_time.GetUtcNow()), version => version.Subject == new PriceSubject("openai", "gpt-4o-mini", Price.StandardTier, "")).Price.Currency);
    }

    [Fact(Timeout = 300_000)]
    public async Task Gateways_are_told_of_the_prices_that_usage_is_rated_by()
    {
        // The dated name has a price of its own in dollars, and one of its model in euros.
        await using (var command = _metering.Database.CreateCommand("""
            INSERT INTO price (
                provider, model, currency, input_per_million, cached_input_per_million, cache_write_per_million, cache_write_hour_per_million, output_per_million,
                reasoning_per_million, per_request, effective_from, source, recorded_at)
            VALUES ('openai', 'gpt-4o-mini-2024-07-18', 'USD', 1, 1, 1, 1, 1, 1, 0, '2024-01-01Z', 'starter book', '2024-01-01Z')
            """))
        {
            await command.ExecuteNonQueryAsync(Cancel);
        }

        var set = await SetAsync(Row(0.20m, 0.60m));
        await foreach (var told in _metering.Get<WatchPrices>().RunAsync(inParts: false, Cancel))
        {
            Assert.Equal(set.PriceId, Assert.Single(told.Prices).PriceId);
            Assert.Contains(told.Aliases, alias => alias.Alias == "gpt-4o-mini-2024-07-18");
            break;
        }

        await _metering.RecordAsync(Events.New("dated", Start, usage => usage.ModelServed = "gpt-4o-mini-2024-07-18"));
        Assert.Equal((500_000, 0), await SpentAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Price_does_not_end_where_the_starter_book_has_a_later_one_in_another_currency()
    {
        // In dollars it has one of 2026 and one from 2027 on.
        var row = Row(0.70m, 3.50m);
        (row.Provider, row.Model) = ("gemini", "gemini-3.8-flash");
        Assert.Null((await SetAsync(row)).EffectiveTo);
        var book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);
        Assert.Equal(2, book.Versions.Count(version => version.Price is { Model: "gemini-3.8-flash", Currency: "USD" }));

        // The next one in euros may begin on the same day as one in dollars, and ends the one before it.
        row.EffectiveFrom = Spend.At("2027-01-01T00:00Z").ToTimestampUtc();
        await SetAsync(row);
        book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);
        Assert.Equal([row.EffectiveFrom.ToDateTimeOffset(), null], book.Versions.Where(version => version.Price is { Model: "gemini-3.8-flash", Currency: "EUR" }).Select(version => version.EffectiveTo));
    }

    [Fact(Timeout = 300_000)]
    public async Task Prices_that_are_listed_are_those_that_usage_is_rated_by()
    {
        await using var wire = await MeteringWire.StartAsync(new RolesByName(), Cancel, new TeamsInEuros());
        var prices = new Contracts.Metering.V1.Prices.PricesClient(wire.Channel);
        var set = await prices.SetPriceAsync(new SetPriceRequest { Price = Row(0.20m, 0.60m), IdempotencyKey = "euros" }, As(Role.BillingAdmin, Cancel));
        foreach (var allVersions in new[] { false, true })
        {
            var listed = await prices.ListPricesAsync(new ListPricesRequest { AllVersions = allVersions }, As(Role.Viewer, Cancel));
            Assert.Equal(set.PriceId, Assert.Single(listed.Prices).PriceId);
        }
    }

    [Theory(Timeout = 300_000)]
    // The starter book's figures in dollars; a hundredth of them would be a slip there.
    [InlineData(0.15, 0.60, false)]
    [InlineData(0.0015, 0.006, false)]
    [InlineData(0, 0.60, true)]
    public async Task Figures_are_compared_with_those_of_the_same_currency_only(decimal input, decimal output, bool isSuspicious)
    {
        var change = Assert.Single((await ImportAsync(new ImportPricesRequest { Prices = { Row(input, output) } })).Changes);
        Assert.Equal((PriceChangeKind.Added, null, isSuspicious), (change.Kind, change.Before, change.Suspicious));
    }

    private Task<PriceRow> SetAsync(PriceRow row) =>
        _metering.Get<SetPrice>().RunAsync(new SetPriceRequest { Price = row, IdempotencyKey = Guid.NewGuid().ToString() }, "key_test", Cancel);

    private Task<ImportPricesResponse> ImportAsync(ImportPricesRequest request) => _metering.Get<ImportPrices>().RunAsync(request, "key_test", Cancel);

    private async Task<(long CostNanos, long UnpricedCalls)> SpentAsync()
    {
        var total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        return (total.CostNanos, total.UnpricedCalls);
    }

    private static PriceRow Row(decimal input, decimal output)
    {
        var row = PriceRows.New("gpt-4o-mini", (long)(input * Money.NanosPerUnit), (long)(output * Money.NanosPerUnit));
        row.Currency = "EUR";
        return row;
    }

    private sealed class TeamsInEuros : ITeamSource
    {
        public Task<IReadOnlyCollection<KnownTeam>> ReadTeamsAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyCollection<KnownTeam>>([new("team_support", "Support", "")]);

        public Task<string> ReadCurrencyAsync(CancellationToken cancellationToken) => Task.FromResult("EUR");
    }
}
