using System.Collections.Frozen;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Platform.Contracts.Metering.V1;
using Platform.Rating;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Routing.Pricing;

/// <summary>
/// The prices in force, fed by Metering's stream. An attempt is rated at the price that its intent names, so a price that is a moment old
/// cannot make the figures differ; while Metering is away the last prices stand.
/// </summary>
internal sealed class PriceReplica(Prices.PricesClient prices, TimeProvider time, ILogger<PriceReplica> log) : BackgroundService, IHealthCheck
{
    /// <summary>Heartbeats come every ten seconds at most; a stream without one for this long is dead though the connection may look alive.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(25);

    private FrozenDictionary<(string Provider, string Model, string Tier, string Region), Price>? _prices;
    private long _revision;

    /// <summary>False until Metering has sent prices for the first time.</summary>
    public bool IsReceived => Volatile.Read(ref _prices) is not null;

    /// <summary>The organisation's, as prices name it; empty until there is one.</summary>
    public string Currency => Volatile.Read(ref _prices) is { Count: > 0 } prices ? prices.Values[0].Currency : "";

    /// <summary>The price in force of the model, or of the model that the name stands for; null when there is none. Never another tier's.</summary>
    public Price? Find(string provider, string model, string tier = Price.StandardTier, string region = "") =>
        Volatile.Read(ref _prices) is { } prices
            ? prices.GetValueOrDefault((provider, model, tier, region)) ?? (region.Length > 0 ? prices.GetValueOrDefault((provider, model, tier, "")) : null)
            : null;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        IsReceived ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Prices have not been received from Metering."));

    /// <summary>Takes a message of the stream: a snapshot when its revision is new, else a heartbeat.</summary>
    internal void Apply(PriceBook book)
    {
        if (IsReceived && book.Revision == _revision)
        {
            return;
        }

        _revision = book.Revision;
        Volatile.Write(ref _prices, ByName(book));
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new StreamFollower("price", SilenceLimit, time, log).FollowAsync(
        options => prices.WatchPrices(new WatchPricesRequest(), options),
        (book, isFirst) =>
        {
            // A new stream begins with a snapshot, whose revision may be one that a restored database has used before.
            _revision = isFirst ? -1 : _revision;
            Apply(book);
        },
        stoppingToken);

    /// <summary>Every price under its model's name, and under the names that stand for it.</summary>
    private static FrozenDictionary<(string Provider, string Model, string Tier, string Region), Price> ByName(PriceBook book)
    {
        var named = new Dictionary<(string Provider, string Model, string Tier, string Region), Price>();
        var prices = book.Prices.Select(ToPrice).ToList();
        foreach (var alias in book.Aliases)
        {
            foreach (var price in prices.Where(price => price.Provider == alias.Provider && price.Model == alias.Model))
            {
                named[(price.Provider, alias.Alias, price.Tier, price.Region)] = price;
            }
        }

        foreach (var price in prices)
        {
            named[(price.Provider, price.Model, price.Tier, price.Region)] = price;
        }

        return named.ToFrozenDictionary();
    }

    private static Price ToPrice(PriceRow row) => new(
        row.PriceId, row.Provider, row.Model, row.Currency, row.InputPerMillion, row.CachedInputPerMillion, row.CacheWritePerMillion, row.OutputPerMillion,
        row.ReasoningPerMillion, row.PerRequest)
    {
        CacheWriteHourPerMillion = row.CacheWrite1HPerMillion,
        Tier = row.Tier,
        Region = row.Region,
        DiscountPpm = row.DiscountPpm,
        ContextTiers =
        [
            .. row.ContextTiers.Select(tier => new ContextTier(
                tier.AboveInputTokens,
                new Rates(
                    tier.InputPerMillion, tier.CachedInputPerMillion, tier.CacheWritePerMillion, tier.CacheWrite1HPerMillion, tier.OutputPerMillion,
                    tier.ReasoningPerMillion))),
        ],
    };
}
