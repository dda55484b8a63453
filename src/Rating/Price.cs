namespace Platform.Rating;

/// <summary>One version of a model's price. Immutable; <see cref="PriceId"/> is never reused.</summary>
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
    /// <summary>The dearest rate that a token of input can be billed at: what a bound must assume.</summary>
    public long DearestInputPerMillion => Math.Max(InputPerMillion, Math.Max(CachedInputPerMillion, CacheWritePerMillion));

    /// <summary>The dearest rate that a token of output can be billed at.</summary>
    public long DearestOutputPerMillion => Math.Max(OutputPerMillion, ReasoningPerMillion);
}
