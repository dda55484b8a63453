namespace Platform.Routing.Limits;

/// <summary>
/// What has come faster than a minute's limit flows, as of a moment: a token bucket seen from its empty side, so that it does not depend on the bucket's size.
/// Exact: in units of which a limit of N a minute pays back N each microsecond.
/// </summary>
/// <param name="Units">0 or more.</param>
internal readonly record struct BurstDebt(long Units, DateTimeOffset At)
{
    private const long UnitsOfOne = 60_000_000;

    /// <summary>As of now: what has flowed since then is paid back. A clock that went back pays nothing.</summary>
    public BurstDebt RefilledAt(long limit, DateTimeOffset now) => now <= At ? this
        : new BurstDebt((long)Int128.Max(0, Units - ((Int128)limit * (now - At).Ticks / TimeSpan.TicksPerMicrosecond)), now);

    /// <summary>With so much more taken, or less.</summary>
    public BurstDebt Add(long amount) => this with { Units = (long)Int128.Clamp(Units + ((Int128)amount * UnitsOfOne), 0, long.MaxValue) };

    /// <summary>What may come at once, of a bucket that holds so much.</summary>
    public long Free(long burst) => (long)Int128.Max(0, (((Int128)burst * UnitsOfOne) - Units) / UnitsOfOne);

    /// <summary>How long until so much may come at once; the amount must fit into the bucket.</summary>
    public TimeSpan Until(long amount, long burst, long limit)
    {
        var missing = Units + ((Int128)amount * UnitsOfOne) - ((Int128)burst * UnitsOfOne);
        return missing <= 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds((double)((missing + limit - 1) / limit));
    }
}
