using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Metering.Prices;

/// <summary>What a price is of. A version ends where the next one of the same subject and currency begins, which is its own beginning where it was superseded.</summary>
/// <param name="Region">Empty: every region that has no price of its own.</param>
internal readonly record struct PriceSubject(string Provider, string Model, string Tier, string Region)
{
    public override string ToString() => $"{Provider} {Model}{(Tier == Price.StandardTier ? "" : $", tier {Tier}")}{(Region.Length == 0 ? "" : $", region {Region}")}";
}

/// <summary>A price with the half-open period that it is in force.</summary>
/// <param name="RecordedAt">When it came; after <paramref name="EffectiveFrom"/> for a retroactive one.</param>
internal sealed record PriceVersion(Price Price, DateTimeOffset EffectiveFrom, DateTimeOffset? EffectiveTo, string Source, DateTimeOffset RecordedAt)
{
    /// <summary>The key that set it; empty for those that came with the platform.</summary>
    public string SetBy { get; init; } = "";

    public PriceSubject Subject => new(Price.Provider, Price.Model, Price.Tier, Price.Region);

    /// <summary>A later one has the same beginning: this one is in force at no moment, and stays for what was rated at it.</summary>
    public bool IsSuperseded => EffectiveTo == EffectiveFrom;

    public bool IsInForceAt(DateTimeOffset moment) => EffectiveFrom <= moment && (EffectiveTo is null || moment < EffectiveTo);

    /// <summary>True for what was sent while another price, or none, was in force, before this one came and claimed the time.</summary>
    public bool CameTooLateFor(DateTimeOffset occurredAt) => IsInForceAt(occurredAt) && occurredAt < RecordedAt;

    /// <summary>The version that a checked row describes, without an id.</summary>
    public static PriceVersion From(PriceRow row, DateTimeOffset from, DateTimeOffset? to, DateTimeOffset now) => new(
        new Price(
            0, row.Provider, row.Model, row.Currency, row.InputPerMillion, row.CachedInputPerMillion, row.CacheWritePerMillion, row.OutputPerMillion,
            row.ReasoningPerMillion, row.PerRequest)
        {
            Tier = TierOf(row.Tier),
            Region = row.Region,
            CacheWriteHourPerMillion = row.HasCacheWrite1HPerMillion ? row.CacheWrite1HPerMillion : row.CacheWritePerMillion,
            DiscountPpm = row.DiscountPpm,
            ContextTiers = [.. row.ContextTiers.OrderBy(tier => tier.AboveInputTokens).Select(ToTier)],
        },
        from, to, row.Source, now);

    /// <summary>What a caller leaves empty is the standard tier.</summary>
    public static string TierOf(string tier) => tier.Length == 0 ? Price.StandardTier : tier;

    public PriceRow ToRow() => new()
    {
        PriceId = Price.PriceId,
        Provider = Price.Provider,
        Model = Price.Model,
        Currency = Price.Currency,
        InputPerMillion = Price.InputPerMillion,
        CachedInputPerMillion = Price.CachedInputPerMillion,
        CacheWritePerMillion = Price.CacheWritePerMillion,
        CacheWrite1HPerMillion = Price.CacheWriteHourPerMillion,
        OutputPerMillion = Price.OutputPerMillion,
        ReasoningPerMillion = Price.ReasoningPerMillion,
        PerRequest = Price.PerRequest,
        EffectiveFrom = EffectiveFrom.ToTimestampUtc(),
        EffectiveTo = EffectiveTo.ToTimestampUtc(),
        Source = Source,
        Tier = Price.Tier,
        Region = Price.Region,
        DiscountPpm = Price.DiscountPpm,
        ContextTiers = { Price.ContextTiers.Select(ToRow) },
        RecordedAt = RecordedAt.ToTimestampUtc(),
        SetBy = SetBy,
    };

    /// <summary>
    /// The row with the context tiers and the discount of the version before, where it asks for them: a price without its tiers would serve long requests at the base rates, and
    /// one without its discount would charge more than the provider does.
    /// </summary>
    public static PriceRow WithKept(PriceRow row, PriceSnapshot book, DateTimeOffset now)
    {
        var (keepsTiers, keepsDiscount) = (row.KeepContextTiers && row.ContextTiers.Count == 0, row.KeepDiscount && row.DiscountPpm == 0);
        if (!keepsTiers && !keepsDiscount)
        {
            return row;
        }

        var begins = row.EffectiveFrom.ToMoment() ?? now;
        var before = book.VersionsOf(From(row, begins, null, now).Subject).FirstOrDefault(other => other.IsInForceAt(begins));
        var whole = row.Clone();
        (whole.KeepContextTiers, whole.KeepDiscount) = (false, false);
        whole.ContextTiers.Add(keepsTiers ? (before?.Price.ContextTiers ?? []).Select(ToRow) : []);
        whole.DiscountPpm = keepsDiscount ? before?.Price.DiscountPpm ?? 0 : row.DiscountPpm;
        return whole;
    }

    private static ContextTier ToTier(PriceContextTier tier) => new(
        tier.AboveInputTokens,
        new Rates(
            tier.InputPerMillion, tier.CachedInputPerMillion, tier.CacheWritePerMillion, tier.CacheWrite1HPerMillion, tier.OutputPerMillion,
            tier.ReasoningPerMillion));

    private static PriceContextTier ToRow(ContextTier tier) => new()
    {
        AboveInputTokens = tier.AboveInputTokens,
        InputPerMillion = tier.Rates.Input,
        CachedInputPerMillion = tier.Rates.CachedInput,
        CacheWritePerMillion = tier.Rates.CacheWrite,
        CacheWrite1HPerMillion = tier.Rates.CacheWriteHour,
        OutputPerMillion = tier.Rates.Output,
        ReasoningPerMillion = tier.Rates.Reasoning,
    };
}
