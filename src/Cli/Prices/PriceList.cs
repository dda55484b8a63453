using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Prices;

/// <summary>One price as a list states it, in units of currency per million tokens; what the list does not say stays null and is the API's to fill in.</summary>
/// <param name="Place">Where it stands in its file, for messages: a line or a key.</param>
internal sealed record PriceEntry(string Place, string Provider, string Model)
{
    public string? Currency { get; init; }

    public string? Tier { get; init; }

    public string? Region { get; init; }

    public PriceRates Rates { get; init; } = new();

    public decimal? PerRequest { get; init; }

    /// <summary>Null where the list says nothing of it: the one in force stays as it is.</summary>
    public decimal? DiscountPercent { get; init; }

    /// <summary>Null where the list says nothing of them: those in force stay as they are.</summary>
    public IReadOnlyList<(long AboveInputTokens, PriceRates Rates)>? ContextTiers { get; init; }

    /// <summary>Null: from now on.</summary>
    public string? EffectiveFrom { get; init; }

    /// <summary>A version that the book has answered: it began when it came, which says nothing of when what was made of it is to begin.</summary>
    public bool IsStored { get; init; }

    public string? Source { get; init; }

    /// <summary>A call would cost nothing.</summary>
    public bool IsFree => PerRequest is null or 0 && Rates.AreZero && (ContextTiers ?? []).All(tier => tier.Rates.AreZero);

    /// <summary>True where any call would cost the same at both.</summary>
    public bool CostsAs(PriceEntry other) => Currency == other.Currency && Rates == other.Rates && PerRequest == other.PerRequest && DiscountPercent == other.DiscountPercent
        && (ContextTiers ?? []).SequenceEqual(other.ContextTiers ?? []);

    /// <summary>Writes the API's body of one price.</summary>
    public void WriteTo(Utf8JsonWriter body, string currency, string source)
    {
        body.WriteStartObject();
        body.WriteString("provider", Provider);
        body.WriteString("model", Model);
        body.WriteString("currency", Currency ?? currency);
        Write(body, "tier", Tier);
        Write(body, "region", Region);
        Rates.WriteTo(body);
        Write(body, "per_request", PerRequest);
        Write(body, "discount_percent", DiscountPercent);
        if (ContextTiers is not null)
        {
            body.WriteStartArray("context_tiers");
            foreach (var (above, rates) in ContextTiers)
            {
                body.WriteStartObject();
                body.WriteNumber("above_input_tokens", above);
                rates.WriteTo(body);
                body.WriteEndObject();
            }

            body.WriteEndArray();
        }

        Write(body, "effective_from", EffectiveFrom);
        body.WriteString("source", Source ?? source);
        body.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter body, string name, string? value)
    {
        if (value is not null)
        {
            body.WriteString(name, value);
        }
    }

    internal static void Write(Utf8JsonWriter body, string name, decimal? value)
    {
        if (value is { } given)
        {
            body.WriteNumber(name, given);
        }
    }
}

/// <summary>Rates in units of currency per million tokens; null where the list does not say.</summary>
internal sealed record PriceRates(
    decimal? Input = null, decimal? CachedInput = null, decimal? CacheWrite = null, decimal? CacheWriteHour = null, decimal? Output = null, decimal? Reasoning = null)
{
    public bool AreZero => Input is null or 0 && Output is null or 0 && CachedInput is null or 0 && CacheWrite is null or 0 && CacheWriteHour is null or 0 && Reasoning is null or 0;

    public void WriteTo(Utf8JsonWriter body)
    {
        PriceEntry.Write(body, "input_per_million", Input);
        PriceEntry.Write(body, "cached_input_per_million", CachedInput);
        PriceEntry.Write(body, "cache_write_per_million", CacheWrite);
        PriceEntry.Write(body, "cache_write_1h_per_million", CacheWriteHour);
        PriceEntry.Write(body, "output_per_million", Output);
        PriceEntry.Write(body, "reasoning_per_million", Reasoning);
    }
}

/// <summary>What a file holds.</summary>
/// <param name="Skipped">Entries that are no prices of tokens, by place, with why.</param>
internal sealed record PriceList(IReadOnlyList<PriceEntry> Prices, IReadOnlyList<(string Place, string Reason)> Skipped)
{
    /// <summary>Other names of models.</summary>
    public IReadOnlyList<AliasEntry> Aliases { get; init; } = [];

    /// <summary>The list with stored versions that have begun already as prices from now on, and how many those are.</summary>
    public (PriceList List, int Count) FromNow(DateTimeOffset now)
    {
        bool HasBegun(PriceEntry price) => price.IsStored && price.EffectiveFrom is { } from
            && DateTimeOffset.TryParse(from, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) && moment <= now;
        return (this with { Prices = [.. Prices.Select(price => HasBegun(price) ? price with { EffectiveFrom = null } : price)] }, Prices.Count(HasBegun));
    }
}

/// <param name="Source">Null where the list does not say.</param>
internal sealed record AliasEntry(string Provider, string Alias, string Model, string? Source)
{
    public void WriteTo(Utf8JsonWriter body, string source)
    {
        body.WriteStartObject();
        body.WriteString("provider", Provider);
        body.WriteString("alias", Alias);
        body.WriteString("model", Model);
        body.WriteString("source", Source ?? source);
        body.WriteEndObject();
    }
}
