using System.Globalization;
using Platform.Metering.Prices;
using Platform.Rating;

namespace Platform.Metering.Tests;

/// <summary>Shows prices as their providers list them.</summary>
internal static class StarterPrices
{
    private const decimal NanosPerUnit = 1_000_000_000m;

    /// <summary>The version in force at OpenAI in the standard tier.</summary>
    public static PriceVersion Version(PriceSnapshot book, string model, DateTimeOffset moment) =>
        book.Find(0, new PriceSubject("openai", model, Price.StandardTier, ""), moment)!;

    /// <summary>Units of currency per million tokens: input, cached input, cache write, cache write for an hour, output; then those above each threshold.</summary>
    public static string Shown(Price price) =>
        string.Join("; ", price.ContextTiers.Select(tier => $"{tier.AboveInputTokens}: {Shown(tier.Rates)}").Prepend(Shown(price.Rates)));

    private static string Shown(Rates rates)
    {
        Assert.Equal(rates.Output, rates.Reasoning);
        return string.Join(' ', new[] { rates.Input, rates.CachedInput, rates.CacheWrite, rates.CacheWriteHour, rates.Output }
            .Select(nanos => (nanos / NanosPerUnit).ToString("0.#########", CultureInfo.InvariantCulture)));
    }
}
