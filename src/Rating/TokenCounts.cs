namespace Platform.Rating;

/// <summary>Tokens by kind; no token is counted in two kinds. Negative only in corrections.</summary>
public readonly record struct TokenCounts(long Input, long CachedInput, long CacheWrite, long Output, long Reasoning);
