namespace Platform.ProviderSimulator.Billing;

/// <summary>
/// Tokens of one attempt. <see cref="CachedTokens"/> and the two kinds of cache writes are part of <see cref="PromptTokens"/>, <see cref="ReasoningTokens"/> are
/// part of <see cref="CompletionTokens"/>.
/// </summary>
internal readonly record struct Usage(
    int PromptTokens, int CachedTokens, int CompletionTokens, int ReasoningTokens = 0, int CacheWriteTokens = 0, int CacheWriteHourTokens = 0)
{
    /// <summary>Prompt tokens that have nothing to do with a cache.</summary>
    public int PlainTokens => PromptTokens - CachedTokens - CacheWriteTokens - CacheWriteHourTokens;
}
