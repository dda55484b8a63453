using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Prices;

/// <summary>What a price must be, whatever the book holds.</summary>
internal static class PriceCheck
{
    /// <summary>A thousand units of currency a token: beyond it a figure is a slip, and products of it would leave 64 bits.</summary>
    private const long MaxPerMillion = 1_000_000_000 * Money.NanosPerUnit;

    /// <summary>Null when the price is fine, else one sentence that says what to do.</summary>
    public static string? Check(PriceRow? price, string currency) => price is null
        ? "price is missing."
        : Text("provider", price.Provider, 200)
          ?? Text("model", price.Model, 200)
          ?? Text("source", price.Source, 500)
          ?? (price.Currency == currency ? null : $"currency must be {currency}, the organisation's; it is '{price.Currency}'.")
          ?? Figure("input_per_million", price.InputPerMillion)
          ?? Figure("cached_input_per_million", price.CachedInputPerMillion)
          ?? Figure("cache_write_per_million", price.CacheWritePerMillion)
          ?? Figure("output_per_million", price.OutputPerMillion)
          ?? Figure("reasoning_per_million", price.ReasoningPerMillion)
          ?? Figure("per_request", price.PerRequest)
          ?? (price.EffectiveFrom is null || Moments.IsUsable(price.EffectiveFrom) ? null : Moments.Complaint("effective_from"));

    private static string? Text(string name, string value, int atMost) =>
        Validation.Text(name, value, 1, atMost) ?? (value.Contains('\0', StringComparison.Ordinal) ? $"{name} must not contain U+0000." : null);

    private static string? Figure(string name, long value) =>
        value is >= 0 and <= MaxPerMillion ? null : $"{name} must be 0 to {MaxPerMillion} nano-units; it is {value}.";
}
