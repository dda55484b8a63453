namespace Platform.Cli.ProviderFiles;

/// <summary>Kinds of tokens that have prices of their own. Output holds reasoning.</summary>
internal enum TokenKind
{
    Input,
    CachedInput,
    CacheWrite,
    CacheWriteHour,
    Output,
}

/// <summary>Tokens by kind, each apart from the others: nothing is counted in two kinds.</summary>
internal readonly record struct TokenCounts(long Input, long CachedInput, long CacheWrite, long CacheWriteHour, long Output)
{
    public static readonly TokenKind[] Kinds = Enum.GetValues<TokenKind>();

    public long Total => Input + CachedInput + CacheWrite + CacheWriteHour + Output;

    public long this[TokenKind kind] => kind switch
    {
        TokenKind.Input => Input,
        TokenKind.CachedInput => CachedInput,
        TokenKind.CacheWrite => CacheWrite,
        TokenKind.CacheWriteHour => CacheWriteHour,
        TokenKind.Output => Output,
    };

    public static TokenCounts operator +(TokenCounts left, TokenCounts right) => new(
        left.Input + right.Input, left.CachedInput + right.CachedInput, left.CacheWrite + right.CacheWrite, left.CacheWriteHour + right.CacheWriteHour,
        left.Output + right.Output);

    public static TokenCounts operator -(TokenCounts left, TokenCounts right) => new(
        left.Input - right.Input, left.CachedInput - right.CachedInput, left.CacheWrite - right.CacheWrite, left.CacheWriteHour - right.CacheWriteHour,
        left.Output - right.Output);

    public static TokenCounts Of(TokenKind kind, long count) => kind switch
    {
        TokenKind.Input => new(count, 0, 0, 0, 0),
        TokenKind.CachedInput => new(0, count, 0, 0, 0),
        TokenKind.CacheWrite => new(0, 0, count, 0, 0),
        TokenKind.CacheWriteHour => new(0, 0, 0, count, 0),
        TokenKind.Output => new(0, 0, 0, 0, count),
    };

    /// <summary>As a source says it that counts what is written to caches as plain input.</summary>
    public TokenCounts WithoutCacheWrites() => new(Input + CacheWrite + CacheWriteHour, CachedInput, 0, 0, Output);
}
