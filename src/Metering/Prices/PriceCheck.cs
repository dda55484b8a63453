using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Metering.Prices;

/// <summary>What a price must be, whatever the book holds.</summary>
internal static class PriceCheck
{
    private const int MaxContextTiers = 5;
    private const string PerRequest = "per_request";

    /// <summary>Null when the price is fine, else one sentence that says what to do.</summary>
    public static string? Check(PriceRow? price, string currency) => price is null
        ? "price is missing."
        : Text("provider", price.Provider, 200)
          ?? Text("model", price.Model, 200)
          ?? Text("source", price.Source, 500)
          ?? Validation.Label("tier", price.Tier)
          ?? (price.Region.Length == 0 ? null : Text("region", price.Region, 50))
          ?? (price.Currency == currency ? null : $"currency must be {currency}, the organisation's; it is '{price.Currency}'.")
          ?? Figure("input_per_million", price.InputPerMillion, currency)
          ?? Figure("cached_input_per_million", price.CachedInputPerMillion, currency)
          ?? Figure("cache_write_per_million", price.CacheWritePerMillion, currency)
          ?? Figure("cache_write_1h_per_million", price.CacheWrite1HPerMillion, currency)
          ?? Figure("output_per_million", price.OutputPerMillion, currency)
          ?? Figure("reasoning_per_million", price.ReasoningPerMillion, currency)
          ?? Figure(PerRequest, price.PerRequest, currency)
          ?? (price.DiscountPpm is >= 0 and <= Price.FullDiscountPpm ? null : $"discount_ppm must be 0 to {Price.FullDiscountPpm}; it is {price.DiscountPpm}.")
          ?? CheckContextTiers(price, currency)
          ?? (price.EffectiveFrom is null || Moments.IsUsable(price.EffectiveFrom) ? null : Moments.Complaint("effective_from"));

    /// <summary>Null when the alias is fine by itself.</summary>
    public static string? Check(PriceAlias alias) =>
        Text("provider", alias.Provider, 200)
        ?? Text("alias", alias.Alias, 200)
        ?? Text("model", alias.Model, 200)
        ?? Text("source", alias.Source, 500)
        ?? (alias.Alias == alias.Model ? $"alias '{alias.Alias}' cannot stand for itself." : null);

    private static string? CheckContextTiers(PriceRow price, string currency)
    {
        var tiers = price.ContextTiers;
        if (tiers.Count > MaxContextTiers)
        {
            return $"context_tiers must be at most {MaxContextTiers}; there are {tiers.Count}.";
        }

        return tiers.Select(tier => tier.AboveInputTokens).Distinct().Count() < tiers.Count
            ? "context_tiers must differ in above_input_tokens."
            : tiers.Select(tier =>
                (tier.AboveInputTokens > 0 ? null : $"above_input_tokens must be above 0; it is {tier.AboveInputTokens}.")
                ?? Figure("context_tiers.input_per_million", tier.InputPerMillion, currency)
                ?? Figure("context_tiers.cached_input_per_million", tier.CachedInputPerMillion, currency)
                ?? Figure("context_tiers.cache_write_per_million", tier.CacheWritePerMillion, currency)
                ?? Figure("context_tiers.cache_write_1h_per_million", tier.CacheWrite1HPerMillion, currency)
                ?? Figure("context_tiers.output_per_million", tier.OutputPerMillion, currency)
                ?? Figure("context_tiers.reasoning_per_million", tier.ReasoningPerMillion, currency)).FirstOrDefault(error => error is not null);
    }

    private static string? Text(string name, string value, int atMost) =>
        Validation.Text(name, value, 1, atMost) ?? (value.Contains('\0', StringComparison.Ordinal) ? $"{name} must not contain U+0000." : null);

    private static string? Figure(string name, long value, string currency) =>
        value >= 0 && value <= MaxRate.NanosIn(currency)
            ? null
            : $"{name} must be 0 to {new Money(MaxRate.NanosIn(currency))} {currency} {(name == PerRequest ? "a request" : "per million tokens")}; it is {new Money(value)}.";
}
