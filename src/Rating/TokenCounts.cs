namespace Platform.Rating;

/// <summary>Tokens by kind; no token is counted in two kinds. Negative only in corrections.</summary>
/// <param name="CacheWrite">Written to a cache that lives for minutes.</param>
/// <param name="CacheWriteHour">Written to a cache that lives for an hour, where a provider bills that apart.</param>
public readonly record struct TokenCounts(long Input, long CachedInput, long CacheWrite, long Output, long Reasoning, long CacheWriteHour = 0)
{
    /// <summary>All that was sent: what context tiers are chosen by.</summary>
    public long TotalInput => Input + CachedInput + CacheWrite + CacheWriteHour;
}
