namespace Platform.Routing.Limits;

/// <summary>What a limit counts. The numbers stand in the database.</summary>
internal enum LimitMeasure
{
    RequestsPerMinute = 1,
    TokensPerMinute = 2,
    RequestsPerDay = 3,
    TokensPerDay = 4,
    ParallelRequests = 5,
}

/// <summary>One count: of a limit, for one subject.</summary>
/// <param name="Limit">The limit's name.</param>
/// <param name="Subject">A key's, user's or team's id, a model's, lane's or provider's name; empty for global.</param>
internal readonly record struct GaugeKey(string Limit, string Subject, LimitMeasure Measure);

/// <summary>How much one count admits.</summary>
/// <param name="Limit">Above 0, at most <see cref="MaxLimit"/>.</param>
/// <param name="BurstPercent">Of a minute's limit, what may come at once; 100 for the other measures.</param>
/// <param name="Queue">How long a call may wait; zero for a day's limits, whose end nobody waits for.</param>
internal sealed record GaugeSpec(LimitMeasure Measure, long Limit, int BurstPercent, TimeSpan Queue)
{
    /// <summary>A higher limit counts as this one: what is owed to a burst is exact up to here in 64 bits.</summary>
    public const long MaxLimit = 100_000_000_000;

    public CountWindow Window => Measure is LimitMeasure.RequestsPerDay or LimitMeasure.TokensPerDay ? CountWindow.Day : CountWindow.Minute;

    public bool CountsTokens => Measure is LimitMeasure.TokensPerMinute or LimitMeasure.TokensPerDay;

    /// <summary>The most that may come at once, so the most that one call can ever get.</summary>
    public long Burst => Math.Max(1, (long)((Int128)Limit * BurstPercent / 100));

    /// <summary>As a policy names it.</summary>
    public string Name => Measure switch
    {
        LimitMeasure.RequestsPerMinute => "requests_per_minute",
        LimitMeasure.TokensPerMinute => "tokens_per_minute",
        LimitMeasure.RequestsPerDay => "requests_per_day",
        LimitMeasure.TokensPerDay => "tokens_per_day",
        LimitMeasure.ParallelRequests => "parallel_requests",
    };

    /// <summary>For people and refusals.</summary>
    public string What => Measure switch
    {
        LimitMeasure.RequestsPerMinute => "requests a minute",
        LimitMeasure.TokensPerMinute => "tokens a minute",
        LimitMeasure.RequestsPerDay => "requests a day",
        LimitMeasure.TokensPerDay => "tokens a day",
        LimitMeasure.ParallelRequests => "parallel requests",
    };
}
