using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Metering.Teams;
using Platform.Rating;

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

    [Fact(Timeout = 60_000)]
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

        // The one in dollars ends where it begins.
        _time.Advance(TimeSpan.FromHours(1));
        var book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);
        Assert.Equal("EUR", Assert.Single(book.InForceAt(_time.GetUtcNow()), version => version.Subject == new PriceSubject("openai", "gpt-4o-mini", Price.StandardTier, "")).Price.Currency);
    }

    [Theory(Timeout = 60_000)]
    // The starter book's figures in dollars; a hundredth of them would be a slip there.
    [InlineData(0.15, 0.60, false)]
    [InlineData(0.0015, 0.006, false)]
    [InlineData(0, 0.60, true)]
    public async Task Figures_are_compared_with_those_of_the_same_currency_only(decimal input, decimal output, bool isSuspicious)
    {
        var change = Assert.Single((await ImportAsync(new ImportPricesRequest { Prices = { Row(input, output) } })).Changes);
        Assert.Equal((PriceChangeKind.Added, null, isSuspicious), (change.Kind, change.Before, change.Suspicious));
    }

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
