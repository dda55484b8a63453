namespace Platform.Metering.Intake;

/// <summary>The sums of one roll-up row. What waste signals need is counted here too, so that they read sums and not records.</summary>
internal sealed class RollupMeasures
{
    /// <summary>A call of at most so many tokens in and <see cref="SmallOutputTokensAtMost"/> out is small: a cheaper model may do for it.</summary>
    public const long SmallInputTokensAtMost = 1_000;

    public const long SmallOutputTokensAtMost = 250;

    /// <summary>Of records that are no corrections; an import's record may stand for many, and what takes it back for as many less.</summary>
    public long Calls { get; private set; }

    public long Records { get; private set; }

    public long InputTokens { get; private set; }

    public long CachedInputTokens { get; private set; }

    public long CacheWriteTokens { get; private set; }

    public long CacheWriteHourTokens { get; private set; }

    public long OutputTokens { get; private set; }

    public long ReasoningTokens { get; private set; }

    public long CostNanos { get; private set; }

    /// <summary>Of the cost: money without tokens.</summary>
    public long AdjustmentNanos { get; private set; }

    /// <summary>Of the calls: attempts that came after another one of their call, or repeat an attempt of another call.</summary>
    public long RetriedCalls { get; private set; }

    /// <summary>Of the cost: theirs, with what corrections say as the attempt that they correct.</summary>
    public long RetriedCostNanos { get; private set; }

    public long SmallCalls { get; private set; }

    /// <summary>Of small calls, all kinds of input.</summary>
    public long SmallInputTokens { get; private set; }

    /// <summary>Of small calls, with reasoning.</summary>
    public long SmallOutputTokens { get; private set; }

    public void Add(RatedUsage usage, int sign)
    {
        var calls = sign * usage.Calls;
        var cost = sign * (usage.Cost?.TotalNanos ?? 0);
        Calls += calls;
        Records += sign;
        InputTokens += sign * usage.Tokens.Input;
        CachedInputTokens += sign * usage.Tokens.CachedInput;
        CacheWriteTokens += sign * usage.Tokens.CacheWrite;
        CacheWriteHourTokens += sign * usage.Tokens.CacheWriteHour;
        OutputTokens += sign * usage.Tokens.Output;
        ReasoningTokens += sign * usage.Tokens.Reasoning;
        CostNanos += cost;
        AdjustmentNanos += sign * (usage.Cost?.AdjustmentNanos ?? 0);
        if (usage.IsRetry)
        {
            RetriedCalls += calls;
            RetriedCostNanos += cost;
        }

        if (usage.Calls is 1 or -1)
        {
            AddSmall(usage, sign);
        }
    }

    // A correction has the tokens of a difference, which say nothing of the call's size; what takes a whole call back has that call's, negative.
    private void AddSmall(RatedUsage usage, int sign)
    {
        var (input, output) = (usage.Tokens.TotalInput, usage.Tokens.Output + usage.Tokens.Reasoning);
        if (Math.Abs(input) <= SmallInputTokensAtMost && Math.Abs(output) <= SmallOutputTokensAtMost)
        {
            SmallCalls += sign * (int)usage.Calls;
            SmallInputTokens += sign * input;
            SmallOutputTokens += sign * output;
        }
    }
}
