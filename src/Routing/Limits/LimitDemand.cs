namespace Platform.Routing.Limits;

/// <summary>How fast a count is drawn here, smoothed: how much is worth having ahead. An estimate; nothing is refused by it. Behind its gauge's gate.</summary>
internal sealed class LimitDemand(LimitClock clock)
{
    /// <summary>A few calls in a moment are no rate: they are measured over this much at least.</summary>
    private const double LeastSeconds = 1;

    private long _lookedAt = clock.Now;
    private long _drawn;
    private double _rate;

    /// <summary>Something was drawn since the last look: the next slice is worth asking for before it is needed.</summary>
    public bool IsFresh { get; private set; }

    public void Drawn(long amount)
    {
        _drawn += amount;
        IsFresh = true;
    }

    /// <summary>Takes in what was drawn since the last look: at once where demand grows, slowly where it falls.</summary>
    public void Look()
    {
        IsFresh = false;
        var elapsed = clock.Between(_lookedAt, clock.Now).TotalSeconds;
        if (elapsed < LeastSeconds)
        {
            _rate = Math.Max(_rate, _drawn / LeastSeconds);
            return;
        }

        var sample = _drawn / elapsed;
        _rate = sample > _rate ? sample : (_rate * Math.Exp(-elapsed)) + (sample * (1 - Math.Exp(-elapsed)));
        (_lookedAt, _drawn) = (clock.Now, 0);
    }

    public long PerSecond(TimeSpan horizon) => (long)Math.Min(_rate * horizon.TotalSeconds, GaugeSpec.MaxLimit);
}
