namespace Platform.Routing.Leases;

/// <summary>When Wallet is to be asked or told about a lease, and for how much. For one thread at a time: <see cref="HeldLease"/> has it behind its gate.</summary>
internal sealed class LeasePace(LeaseOptions options, TimeProvider time)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    private LeaseDemand _demand;
    private long _lookedAt = time.GetTimestamp();
    private long _lookedConsumed;
    private long _answeredAt = time.GetTimestamp();
    private long _askAgainAt = long.MinValue;
    private long _tryAgainAt = long.MinValue;
    private TimeSpan _delay = FirstDelay;

    /// <summary>At or below this, more is to be asked for.</summary>
    public long LowNanos { get; private set; }

    /// <summary>How long an answer lets the holder draw. A retired lease is reported on as often as before, until it is closed.</summary>
    public TimeSpan TimeToLive { get; private set; } = TimeSpan.FromSeconds(30);

    /// <summary>Level at which a draw should call for attention: none while it is too early to do anything, since the pool looks again by itself.</summary>
    public long AttendBelowNanos => Math.Max(_askAgainAt, _tryAgainAt) > time.GetTimestamp() ? -1 : LowNanos;

    public TimeSpan SinceAnswer(long now) => time.GetElapsedTime(_answeredAt, now);

    public bool AsksLater(long now) => now < _askAgainAt;

    public bool TriesLater(long now) => now < _tryAgainAt;

    /// <summary>Measures demand, now and then.</summary>
    /// <param name="lastBoundNanos">The bound of the last call; 0 when there was none.</param>
    public void Look(long now, LeaseTotals totals, long lastBoundNanos)
    {
        var elapsed = time.GetElapsedTime(_lookedAt, now);
        if (elapsed < LookInterval)
        {
            return;
        }

        var consumed = totals.DrawnNanos + totals.OpenNanos;
        _demand = _demand.Next(consumed - _lookedConsumed, lastBoundNanos, elapsed);
        (_lookedAt, _lookedConsumed) = (now, consumed);
    }

    /// <summary>The bound of a typical call; before demand was measured, that of the last one.</summary>
    public long TypicalBound(long lastBoundNanos) => _demand.BoundNanos > 0 ? _demand.BoundNanos : lastBoundNanos;

    /// <summary>What should be undrawn.</summary>
    public long Wanted(long waitingBoundNanos, long lastBoundNanos) => _demand.WantedNanos(options, Math.Max(waitingBoundNanos, TypicalBound(lastBoundNanos)));

    /// <summary>More is asked for when three quarters of what is there now, or should be, are gone.</summary>
    public void SetLow(long undrawnNanos, long lastBoundNanos) => LowNanos = Math.Min(Wanted(0, lastBoundNanos), undrawnNanos) / 4;

    public void Answered(long sentAt, int timeToLiveSeconds)
    {
        _delay = FirstDelay;
        _tryAgainAt = long.MinValue;
        _answeredAt = sentAt;
        if (timeToLiveSeconds > 0)
        {
            TimeToLive = TimeSpan.FromSeconds(timeToLiveSeconds);
        }
    }

    public void AskLater(TimeSpan delay) => _askAgainAt = time.GetTimestamp() + Ticks(delay);

    public void Failed()
    {
        _tryAgainAt = time.GetTimestamp() + Ticks(_delay);
        _delay = _delay * 2 < MaxDelay ? _delay * 2 : MaxDelay;
    }

    public void TryNow() => _tryAgainAt = long.MinValue;

    private long Ticks(TimeSpan delay) => (long)((Int128)delay.Ticks * time.TimestampFrequency / TimeSpan.TicksPerSecond);
}
