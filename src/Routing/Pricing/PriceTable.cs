using System.Collections.Frozen;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Routing.Pricing;

/// <summary>The prices in force at one revision of the book. Immutable: an attempt keeps the one that it began with.</summary>
internal sealed class PriceTable
{
    private readonly FrozenDictionary<(string Provider, string Model, string Tier, string Region), Price> _prices;
    private readonly FrozenDictionary<(string Provider, string Model), Price[]> _regional;

    public PriceTable(PriceBook book)
    {
        _prices = ByName(book);
        _regional = _prices.GroupBy(named => (named.Key.Provider, named.Key.Model), named => named.Value)
            .Where(model => model.Any(price => price.Region.Length > 0)).ToFrozenDictionary(model => model.Key, model => model.ToArray());
    }

    /// <summary>The organisation's, as prices name it; empty until there is a price.</summary>
    public string Currency => _prices is { Count: > 0 } ? _prices.Values[0].Currency : "";

    /// <summary>The price in force of the model, or of the model that the name stands for; null when there is none. Never another tier's.</summary>
    public Price? Find(string provider, string model, string tier = Price.StandardTier, string region = "") =>
        _prices.GetValueOrDefault((provider, model, tier, region)) ?? (region.Length > 0 ? _prices.GetValueOrDefault((provider, model, tier, "")) : null);

    /// <summary>The price of that very region, empty for every region; null when there is none.</summary>
    public Price? FindIn(string provider, string model, string tier, string region) => _prices.GetValueOrDefault((provider, model, tier, region));

    /// <summary>All prices of a model that has some by region; empty for any other, which are nearly all.</summary>
    public IReadOnlyList<Price> RegionalOf(string provider, string model) => _regional.GetValueOrDefault((provider, model)) ?? [];

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
