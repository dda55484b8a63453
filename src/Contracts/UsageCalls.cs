using Platform.Contracts.Metering.V1;

namespace Platform.Contracts;

/// <summary>How many calls usage stands for: what spend, exports and lists count, and which of them a model's price per request is due for.</summary>
public static class UsageCalls
{
    /// <summary>Those that it says (an import's record may stand for many, and what takes it back for as many less); else one, and of a correction and of money without tokens none.</summary>
    public static long Of(UsageEvent usage) => usage.Requests != 0 ? usage.Requests : usage.CorrectsRecordId.Length == 0 && !usage.HasAdjustmentNanos ? 1 : 0;

    /// <summary>
    /// Those that a price per request is due for: all that it stands for, and none where it failed without a token, for what a provider refused costs nothing (docs/decisions/0228). Whoever rates usage takes this
    /// count, so that gateway, meter and repricing come to the same figure.
    /// </summary>
    /// <param name="usage">With its outcome and tokens.</param>
    public static long BilledOf(UsageEvent usage) => BilledOf(usage, UsedTokens(usage));

    /// <summary>As <see cref="BilledOf(UsageEvent)"/>, of a correction too: it takes back, or leaves, what its record was charged.</summary>
    /// <param name="usedTokens">Whether it used any token; of a correction whether its record did, whatever tokens it takes back itself.</param>
    public static long BilledOf(UsageEvent usage, bool usedTokens) => usage.Outcome == Outcome.Failed && !usedTokens ? 0 : Of(usage);

    private static bool UsedTokens(UsageEvent usage) => usage.Tokens is { } tokens
        && (tokens.Input, tokens.CachedInput, tokens.CacheWrite, tokens.CacheWrite1H, tokens.Output, tokens.Reasoning) != (0, 0, 0, 0, 0, 0);
}
