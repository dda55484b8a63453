namespace Platform.ProviderSimulator.Faults;

/// <summary>
/// How a call misbehaves, and what it is made to say. Null means: as usual. A request's <c>X-Sim-*</c> headers come before what
/// <c>POST /admin/faults</c> has set.
/// </summary>
internal record Fault
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

    /// <summary>Milliseconds between two bytes of the answer's body, which is then sent a byte at a time.</summary>
    public int? ByteIntervalMs { get; init; }

    /// <summary>The status (400 to 599) to answer with instead of generating. Not billed.</summary>
    public int? Status { get; init; }

    /// <summary>The Retry-After of such an answer, in seconds; a 429 carries 1 when this is not set.</summary>
    public int? RetryAfterS { get; init; }

    /// <summary>A 400 that says why another model might take the request. Not billed.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>
    /// Break the answer off once this many tokens are generated (and, in a stream, delivered); they and the prompt are billed.
    /// A call that generates fewer is not cut; one that generates exactly as many lacks its end.
    /// </summary>
    public int? CutAfterTokens { get; init; }

    /// <summary>How it is broken off.</summary>
    public Cut? CutBy { get; init; }

    /// <summary>Streams: an event of broken JSON stands after this many tokens. Plain: with any number, the second half of the body is missing.</summary>
    public int? MalformedAfterTokens { get; init; }

    /// <summary>What is wrong with the usage that the answer states; the invoice says the truth.</summary>
    public UsageLie? Usage { get; init; }

    /// <summary>Streams of chat completions: how their usage comes.</summary>
    public StreamUsage? StreamUsage { get; init; }

    /// <summary>Bytes of a field that nobody asked for, before the answer's own.</summary>
    public int? PaddingBytes { get; init; }

    /// <summary>The field is this many arrays in each other instead of a string.</summary>
    public int? PaddingDepth { get; init; }

    /// <summary>Tokens the model would say, 1 to 1,000,000, still capped by the request.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Tokens that are generated and billed beyond what the request's cap allows: the bound is broken.</summary>
    public int? ExcessOutputTokens { get; init; }

    /// <summary>Tokens that the prompt is said to have and billed for, whatever was sent: the bound may be broken.</summary>
    public int? InputTokens { get; init; }

    /// <summary>Tokens generated before the answer and not shown, part of what the cap allows.</summary>
    public int? ReasoningTokens { get; init; }

    /// <summary>Prompt tokens that count as read from the cache, at most all of them.</summary>
    public int? CachedTokens { get; init; }

    /// <summary>Prompt tokens that count as written to the cache for five minutes, at most what is left of them.</summary>
    public int? CacheWriteTokens { get; init; }

    /// <summary>Likewise for an hour.</summary>
    public int? CacheWriteHourTokens { get; init; }

    /// <summary>The tier of service that it is served, billed and told at, whatever was asked for: the default one's price where the model has none of it.</summary>
    public string? ServiceTier { get; init; }

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
            ("byte_interval_ms", ByteIntervalMs, 0, longestMs),
            ("status", Status, 400, 599),
            ("retry_after_s", RetryAfterS, 0, 86_400),
            ("refusal", (int?)Refusal, 0, (int)Faults.Refusal.ContentPolicy),
            ("cut_after_tokens", CutAfterTokens, 0, mostTokens),
            ("cut_by", (int?)CutBy, 0, (int)Cut.Proxy),
            ("malformed_after_tokens", MalformedAfterTokens, 0, mostTokens),
            ("usage", (int?)Usage, 0, (int)UsageLie.Apart),
            ("stream_usage", (int?)StreamUsage, 0, (int)Faults.StreamUsage.Always),
            ("padding_bytes", PaddingBytes, 0, 1_000_000_000),
            ("padding_depth", PaddingDepth, 0, 10_000_000),
            ("output_tokens", OutputTokens, 1, mostTokens),
            ("excess_output_tokens", ExcessOutputTokens, 0, mostTokens),
            ("input_tokens", InputTokens, 0, 1_000_000_000),
            ("reasoning_tokens", ReasoningTokens, 0, mostTokens),
            ("cached_tokens", CachedTokens, 0, mostTokens),
            ("cache_write_tokens", CacheWriteTokens, 0, mostTokens),
            ("cache_write_hour_tokens", CacheWriteHourTokens, 0, mostTokens),
        ];
        var wrong = ranges
            .Where(range => range.Value < range.Least || range.Value > range.Most)
            .Select(range => $"{range.Name} must be {range.Least} to {range.Most}")
            .Concat(ServiceTier is null || (ServiceTier.Length is > 0 and <= 50 && ServiceTier.All(char.IsAsciiLetterLower)) ? [] : ["service_tier must be lower-case letters, at most 50"]);
        var text = string.Join("; ", wrong);
        return text.Length == 0 ? null : text;
    }
}
