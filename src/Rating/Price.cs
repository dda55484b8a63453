namespace Platform.Rating;

/// <summary>
/// One version of a model's price: list rates, and what was negotiated off them. Immutable; <see cref="PriceId"/> is never reused. Audio and image tokens have no
/// rates of their own yet; they would be further kinds here, in <see cref="TokenCounts"/> and in <see cref="Cost"/>.
/// </summary>
/// <param name="InputPerMillion">Nano-units per million tokens, 0 or more; likewise the other kinds.</param>
/// <param name="ReasoningPerMillion">Equals <paramref name="OutputPerMillion"/> where reasoning is not billed apart.</param>
/// <param name="PerRequest">Nano-units a request, 0 or more.</param>
public sealed record Price(
    long PriceId,
    string Provider,
    string Model,
    string Currency,
    long InputPerMillion,
    long CachedInputPerMillion,
    long CacheWritePerMillion,
    long OutputPerMillion,
    long ReasoningPerMillion,
    long PerRequest)
{
    /// <summary>The tier that a provider serves when none is asked for.</summary>
    public const string StandardTier = "standard";

    /// <summary>A discount of everything, in millionths.</summary>
    public const int FullDiscountPpm = 1_000_000;

    /// <summary>Where an hour's cache is not billed apart it costs what any other cache write does.</summary>
    public long CacheWriteHourPerMillion { get; init; } = CacheWritePerMillion;

    /// <summary>The provider's service tier: standard, batch, flex, priority or an own one.</summary>
    public string Tier { get; init; } = StandardTier;

    /// <summary>Empty: every region that has no price of its own.</summary>
    public string Region { get; init; } = "";

    /// <summary>Negotiated off every list rate, in millionths: 0 to <see cref="FullDiscountPpm"/>.</summary>
    public int DiscountPpm { get; init; }

    /// <summary>Rates of requests with more input than a threshold, by rising threshold.</summary>
    public IReadOnlyList<ContextTier> ContextTiers { get; init; } = [];

    /// <summary>The list rates of a request with no more input than any threshold.</summary>
    public Rates Rates => new(InputPerMillion, CachedInputPerMillion, CacheWritePerMillion, CacheWriteHourPerMillion, OutputPerMillion, ReasoningPerMillion);

    /// <summary>True where some request's reasoning costs another rate than its output: then the two are counted apart.</summary>
    public bool BillsReasoningApart => ReasoningPerMillion != OutputPerMillion || ContextTiers.Any(tier => tier.Rates.Reasoning != tier.Rates.Output);

    /// <summary>The list rates of a request with this much input: those of the highest threshold that it exceeds.</summary>
    public Rates RatesFor(long totalInputTokens)
    {
        var rates = Rates;
        foreach (var tier in ContextTiers)
        {
            rates = totalInputTokens > tier.AboveInputTokens ? tier.Rates : rates;
        }

        return rates;
    }
}

/// <summary>List rates in nano-units per million tokens, each 0 or more.</summary>
public readonly record struct Rates(long Input, long CachedInput, long CacheWrite, long CacheWriteHour, long Output, long Reasoning)
{
    /// <summary>The dearest rate that a token of input can be billed at: what a bound must assume.</summary>
    public long DearestInput => Math.Max(Math.Max(Input, CachedInput), Math.Max(CacheWrite, CacheWriteHour));

    /// <summary>The dearest rate that a token of output can be billed at.</summary>
    public long DearestOutput => Math.Max(Output, Reasoning);
}

/// <summary>A request with more input than the threshold is billed at these rates as a whole, not only for what is above it.</summary>
/// <param name="AboveInputTokens">Exclusive threshold on all kinds of input together, above 0.</param>
public sealed record ContextTier(long AboveInputTokens, Rates Rates);
