namespace Platform.Routing.Health;

/// <summary>
/// What single keys report of a target (gRPC <c>Route</c>): nothing shows that it is true, so it steers what is decided for the key that reports and for nobody else. Empty as long as none does. Not for several threads.
/// </summary>
internal sealed class ReportedStandings(BreakerOptions options)
{
    /// <summary>More than there are keys that decide at a time.</summary>
    private const int MostKept = 10_000;

    private readonly Dictionary<string, Standing> _standings = new(StringComparer.Ordinal);

    public BreakerPass Peek(string reporter, TimeSpan now) => Find(reporter)?.Breaker.Peek(now) ?? BreakerPass.Normal;

    public BreakerPass TryPass(string reporter, TimeSpan now) => Find(reporter)?.Breaker.TryPass(now) ?? BreakerPass.Normal;

    /// <summary>Zero when it was not asked to rest.</summary>
    public TimeSpan RestsUntil(string reporter) => Find(reporter)?.RestsUntil ?? TimeSpan.Zero;

    /// <summary>The decaying average that it reported; 0 while it has reported none.</summary>
    public double FirstTokenMs(string reporter) => Find(reporter)?.FirstTokenMs ?? 0;

    public void Succeeded(string reporter, BreakerPass pass, TimeSpan now, Func<double, double> learn)
    {
        var standing = Of(reporter);
        standing.FirstTokenMs = learn(standing.FirstTokenMs);
        standing.Breaker.Succeeded(pass, now);
    }

    /// <returns>True when this opened the key's breaker.</returns>
    public bool Failed(string reporter, BreakerPass pass, TimeSpan now) => Of(reporter).Breaker.Failed(pass, now);

    /// <summary>Never for less than it was asked for before.</summary>
    public void Rest(string reporter, BreakerPass pass, TimeSpan until)
    {
        var standing = Of(reporter);
        standing.RestsUntil = standing.RestsUntil > until ? standing.RestsUntil : until;
        standing.Breaker.Neither(pass);
    }

    /// <summary>The attempt's end says nothing of the target.</summary>
    public void Neither(string reporter, BreakerPass pass) => Find(reporter)?.Breaker.Neither(pass);

    /// <summary>The provider has answered a probe.</summary>
    public void EndCoolDowns(TimeSpan now)
    {
        foreach (var standing in _standings.Values)
        {
            standing.Breaker.EndCoolDown(now);
        }
    }

    private Standing? Find(string reporter) => _standings.GetValueOrDefault(reporter);

    private Standing Of(string reporter)
    {
        if (Find(reporter) is { } known)
        {
            return known;
        }

        if (_standings.Count >= MostKept)
        {
            _standings.Clear();
        }

        return _standings[reporter] = new Standing(new CircuitBreaker(options));
    }

    private sealed class Standing(CircuitBreaker breaker)
    {
        public CircuitBreaker Breaker { get; } = breaker;

        public TimeSpan RestsUntil { get; set; }

        public double FirstTokenMs { get; set; }
    }
}
