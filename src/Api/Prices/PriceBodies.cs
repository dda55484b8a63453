using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Prices;

/// <summary>
/// List prices in units of currency per million tokens. Kinds that are absent cost what plain input or output does: never nothing by mistake. An hour's cache that is
/// absent costs what any other cache write does.
/// </summary>
internal record PriceInputBody
{
    [Required]
    public string? Provider { get; init; }

    [Required]
    public string? Model { get; init; }

    [Required]
    public string? Currency { get; init; }

    /// <summary>The provider's service tier: standard (the default), batch, flex, priority or an own one.</summary>
    public string? Tier { get; init; }

    /// <summary>Absent: every region that has no price of its own.</summary>
    public string? Region { get; init; }

    [Required]
    public Money? InputPerMillion { get; init; }

    public Money? CachedInputPerMillion { get; init; }

    public Money? CacheWritePerMillion { get; init; }

    [JsonPropertyName("cache_write_1h_per_million")]
    public Money? CacheWriteHourPerMillion { get; init; }

    [Required]
    public Money? OutputPerMillion { get; init; }

    public Money? ReasoningPerMillion { get; init; }

    /// <summary>Units of currency a request; absent: nothing.</summary>
    public Money? PerRequest { get; init; }

    /// <summary>Negotiated off all of them, in percent with at most four places: 0 to 100. Absent: that of the version before stays as it is; 0: none.</summary>
    public decimal? DiscountPercent { get; init; }

    /// <summary>Rates of requests with more input: each as a whole at these. Absent: those of the version before stay as they are; an empty list: none.</summary>
    public IReadOnlyList<ContextTierBody>? ContextTiers { get; init; }

    /// <summary>Absent: now. In the past only with retroactive.</summary>
    public DateTimeOffset? EffectiveFrom { get; init; }

    /// <summary>Where the figures come from, with the date.</summary>
    public string? Source { get; init; }

    public PriceRow ToRow()
    {
        var input = NotNegative("input_per_million", Require.Value("input_per_million", InputPerMillion));
        var output = NotNegative("output_per_million", Require.Value("output_per_million", OutputPerMillion));
        var cacheWrite = NotNegative("cache_write_per_million", CacheWritePerMillion) ?? input;
        return new PriceRow
        {
            Provider = Require.Text("provider", Provider),
            Model = Require.Text("model", Model),
            Currency = Require.Text("currency", Currency),
            Tier = Tier ?? "",
            Region = Region ?? "",
            InputPerMillion = input,
            CachedInputPerMillion = NotNegative("cached_input_per_million", CachedInputPerMillion) ?? input,
            CacheWritePerMillion = cacheWrite,
            CacheWrite1HPerMillion = NotNegative("cache_write_1h_per_million", CacheWriteHourPerMillion) ?? cacheWrite,
            OutputPerMillion = output,
            ReasoningPerMillion = NotNegative("reasoning_per_million", ReasoningPerMillion) ?? output,
            PerRequest = NotNegative("per_request", PerRequest) ?? 0,
            DiscountPpm = Ppm(DiscountPercent ?? 0),
            KeepDiscount = DiscountPercent is null,
            ContextTiers = { (ContextTiers ?? []).Select(tier => tier.ToTier()) },
            KeepContextTiers = ContextTiers is null,
            EffectiveFrom = EffectiveFrom.ToTimestampUtc(),
            Source = Source ?? "",
        };
    }

    internal static long NotNegative(string name, Money value) => value.Nanos >= 0
        ? value.Nanos
        : throw RpcErrors.InvalidArgument($"{name} must be zero or more; it is {value}.", Reasons.AmountInvalid);

    internal static long? NotNegative(string name, Money? value) => value is { } given ? NotNegative(name, given) : null;

    private static int Ppm(decimal percent) => percent is >= 0 and <= 100 && decimal.Truncate(percent * 10_000) == percent * 10_000
        ? (int)(percent * 10_000)
        : throw RpcErrors.InvalidArgument($"discount_percent must be 0 to 100 with at most four decimal places; it is {percent}.");
}

/// <param name="AboveInputTokens">Exclusive threshold on all kinds of input together.</param>
internal sealed record ContextTierBody(
    long AboveInputTokens, [property: Required] Money? InputPerMillion = null, Money? CachedInputPerMillion = null, Money? CacheWritePerMillion = null,
    [property: JsonPropertyName("cache_write_1h_per_million")] Money? CacheWriteHourPerMillion = null, [property: Required] Money? OutputPerMillion = null, Money? ReasoningPerMillion = null)
{
    public PriceContextTier ToTier()
    {
        var input = PriceInputBody.NotNegative("context_tiers.input_per_million", Require.Value("context_tiers.input_per_million", InputPerMillion));
        var output = PriceInputBody.NotNegative("context_tiers.output_per_million", Require.Value("context_tiers.output_per_million", OutputPerMillion));
        var cacheWrite = PriceInputBody.NotNegative("context_tiers.cache_write_per_million", CacheWritePerMillion) ?? input;
        return new PriceContextTier
        {
            AboveInputTokens = AboveInputTokens,
            InputPerMillion = input,
            CachedInputPerMillion = PriceInputBody.NotNegative("context_tiers.cached_input_per_million", CachedInputPerMillion) ?? input,
            CacheWritePerMillion = cacheWrite,
            CacheWrite1HPerMillion = PriceInputBody.NotNegative("context_tiers.cache_write_1h_per_million", CacheWriteHourPerMillion) ?? cacheWrite,
            OutputPerMillion = output,
            ReasoningPerMillion = PriceInputBody.NotNegative("context_tiers.reasoning_per_million", ReasoningPerMillion) ?? output,
        };
    }

    public static ContextTierBody From(PriceContextTier tier) => new(
        tier.AboveInputTokens, new Money(tier.InputPerMillion), new Money(tier.CachedInputPerMillion), new Money(tier.CacheWritePerMillion),
        new Money(tier.CacheWrite1HPerMillion), new Money(tier.OutputPerMillion), new Money(tier.ReasoningPerMillion));
}

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record PricesBody(IReadOnlyList<PriceBody> Prices, string NextPageToken);

/// <param name="PriceId">The version: never reused, never changed once in force; 0 for one that is not stored.</param>
/// <param name="EffectiveTo">Null while it is the latest; equal to effective_from of one that a later price with the same beginning has superseded.</param>
/// <param name="RecordedAt">When it came; null for one that is not stored.</param>
/// <param name="SetBy">The key that set it; empty for those that came with the platform.</param>
internal sealed record PriceBody(
    long PriceId, string Provider, string Model, string Tier, string Region, string Currency, Money InputPerMillion, Money CachedInputPerMillion,
    Money CacheWritePerMillion, [property: JsonPropertyName("cache_write_1h_per_million")] Money CacheWriteHourPerMillion, Money OutputPerMillion,
    Money ReasoningPerMillion, Money PerRequest, decimal DiscountPercent, IReadOnlyList<ContextTierBody> ContextTiers, DateTimeOffset? EffectiveFrom,
    DateTimeOffset? EffectiveTo, string Source, DateTimeOffset? RecordedAt, string SetBy)
{
    /// <summary>What names no tier is of the standard one.</summary>
    public static string TierOf(string tier) => tier.Length == 0 ? "standard" : tier;

    public static PriceBody From(PriceRow row) => new(
        row.PriceId, row.Provider, row.Model, TierOf(row.Tier), row.Region, row.Currency, new(row.InputPerMillion),
        new(row.CachedInputPerMillion), new(row.CacheWritePerMillion), new(row.CacheWrite1HPerMillion), new(row.OutputPerMillion), new(row.ReasoningPerMillion),
        new(row.PerRequest), row.DiscountPpm / 10_000m, [.. row.ContextTiers.Select(ContextTierBody.From)], row.EffectiveFrom.ToMoment(),
        row.EffectiveTo.ToMoment(), row.Source, row.RecordedAt.ToMoment(), row.SetBy);
}
