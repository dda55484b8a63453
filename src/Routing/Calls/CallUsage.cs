using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Routing.Calls;

/// <summary>Whether an answer, though a success by its status, is a refusal without any output.</summary>
internal enum Refusal
{
    None,

    /// <summary>The usage that it states is billed.</summary>
    Billed,

    /// <summary>The usage that it states is not billed by Anthropic; of others who answer in its shape nobody knows.</summary>
    FreeAtAnthropic,
}

/// <summary>What an attempt used, as its provider states it: kinds of input apart from each other; reasoning is part of output.</summary>
/// <param name="Input">Neither read from nor written to a cache.</param>
/// <param name="CacheWrite">Written to a cache that lives for minutes.</param>
/// <param name="CacheWriteHour">Written to a cache that lives for an hour.</param>
internal readonly record struct CallUsage(long Input, long CachedInput, long Output, long Reasoning, long CacheWrite = 0, long CacheWriteHour = 0)
{
    /// <summary>The tier that the answer tells, as prices name it; null when it tells none.</summary>
    public string? Tier { get; init; }

    /// <summary>The region that the answer tells, as prices name it; empty for everywhere, null when it tells none.</summary>
    public string? Region { get; init; }

    public Refusal Refusal { get; init; }

    /// <summary>How much of the output only the stated total knows of.</summary>
    public long BesideOutput { get; init; }

    /// <summary>How much of <see cref="CacheWrite"/> it is not told of for how long it is kept.</summary>
    public long UntoldWrites { get; init; }

    /// <summary>Nothing at all is counted, although the answer has content: zeros that somebody has filled in, and no usage.</summary>
    public bool IsUncounted { get; init; }

    /// <summary>The same, of an answer that has content, or has none.</summary>
    public CallUsage Of(bool hasContent) => this with { IsUncounted = hasContent && TotalTokens == 0 };

    /// <summary>The same, with what nothing is told of as written to a cache that lives for an hour.</summary>
    public CallUsage WithUntoldOfHour() => this with { CacheWrite = CacheWrite - UntoldWrites, CacheWriteHour = CacheWriteHour + UntoldWrites, UntoldWrites = 0 };

    /// <summary>As rate limits count: all kinds, cached or not.</summary>
    public long TotalTokens => Input + CachedInput + CacheWrite + CacheWriteHour + Output;

    /// <summary>The counts as Metering takes them: reasoning apart only where it has a price of its own.</summary>
    public TokenCounts ToCounts(Price price)
    {
        var reasoning = price.BillsReasoningApart ? Reasoning : 0;
        return new TokenCounts(Input, CachedInput, CacheWrite, Output - reasoning, reasoning, CacheWriteHour);
    }

    public static Tokens ToTokens(TokenCounts counts) => new()
    {
        Input = counts.Input,
        CachedInput = counts.CachedInput,
        CacheWrite = counts.CacheWrite,
        CacheWrite1H = counts.CacheWriteHour,
        Output = counts.Output,
        Reasoning = counts.Reasoning,
    };
}
