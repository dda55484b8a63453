namespace Platform.ProviderSimulator.Faults;

/// <summary>
/// How a call misbehaves, and what it is made to say. Null means: as usual. A request's <c>X-Sim-*</c> headers come before what
/// <c>POST /admin/faults</c> has set.
/// </summary>
internal sealed record Fault
{
    public static readonly Fault None = new();

    /// <summary>
    /// Milliseconds before anything happens: a queue in front of the model. Who leaves during it is not billed.
    /// </summary>
    public int? LatencyMs { get; init; }

    /// <summary>
    /// Streams: milliseconds between the response's headers and its first token. The prompt is billed from the headers on.
    /// </summary>
    public int? FirstTokenLatencyMs { get; init; }

    /// <summary>Streams: milliseconds between two tokens.</summary>
    public int? TokenIntervalMs { get; init; }

    /// <summary>The status (400 to 599) to answer with instead of generating. Not billed.</summary>
    public int? Status { get; init; }

    /// <summary>The Retry-After of such an answer, in seconds; a 429 carries 1 when this is not set.</summary>
    public int? RetryAfterS { get; init; }

    /// <summary>
    /// Break the connection off once this many tokens are generated (and, in a stream, delivered); they and the prompt are billed.
    /// A call that generates fewer is not cut; one that generates exactly as many lacks its end.
    /// </summary>
    public int? CutAfterTokens { get; init; }

    /// <summary>Tokens the model would say, 1 to 1,000,000, still capped by the request.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Prompt tokens that count as read from the cache, at most all of them.</summary>
    public int? CachedTokens { get; init; }

    /// <summary>What is out of range, or null.</summary>
    public string? Problem()
    {
        const int longestMs = 3_600_000;
        const int mostTokens = 1_000_000;
        (string Name, int? Value, int Least, int Most)[] ranges =
        [
            ("latency_ms", LatencyMs, 0, longestMs),
            ("first_token_latency_ms", FirstTokenLatencyMs, 0, longestMs),
            ("token_interval_ms", TokenIntervalMs, 0, longestMs),
            ("status", Status, 400, 599),
            ("retry_after_s", RetryAfterS, 0, 86_400),
            ("cut_after_tokens", CutAfterTokens, 0, mostTokens),
            ("output_tokens", OutputTokens, 1, mostTokens),
            ("cached_tokens", CachedTokens, 0, mostTokens),
        ];
        var wrong = ranges
            .Where(range => range.Value < range.Least || range.Value > range.Most)
            .Select(range => $"{range.Name} must be {range.Least} to {range.Most}");
        var text = string.Join("; ", wrong);
        return text.Length == 0 ? null : text;
    }
}
