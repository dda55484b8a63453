namespace Platform.Routing.Leases;

/// <summary>What is drawn from a lease, smoothed, as slices should follow it. An estimate: nothing is charged by it.</summary>
/// <param name="NanosPerSecond">Net of what was given back.</param>
/// <param name="BoundNanos">Of a typical call; 0 before the first.</param>
internal readonly record struct LeaseDemand(long NanosPerSecond, long BoundNanos)
{
    /// <summary>Takes in what happened since the last look: quickly where demand grows, slowly where it falls, so that a pause is no reason to return money.</summary>
    /// <param name="consumedNanos">Drawn and in flight now, less what it was; below 0 when more was given back.</param>
    /// <param name="lastBoundNanos">The bound of the last call; 0 when there was none.</param>
    /// <param name="elapsed">Above 0.</param>
    public LeaseDemand Next(long consumedNanos, long lastBoundNanos, TimeSpan elapsed)
    {
        var sample = Clamp((Int128)Math.Max(consumedNanos, 0) * TimeSpan.TicksPerSecond / elapsed.Ticks);
        var rate = sample >= NanosPerSecond ? Mix(NanosPerSecond, sample, 1, 2) : Mix(NanosPerSecond, sample, 7, 8);
        return new LeaseDemand(rate, BoundNanos == 0 || lastBoundNanos == 0 ? Math.Max(BoundNanos, lastBoundNanos) : Mix(BoundNanos, lastBoundNanos, 3, 4));
    }

    /// <summary>What should be undrawn: the demand of the horizon, at least some bounds, and enough for the largest call that waits.</summary>
    public long WantedNanos(LeaseOptions options, long waitingBoundNanos)
    {
        var bound = Math.Max(BoundNanos, waitingBoundNanos);
        return Math.Max(1, Clamp(Int128.Max((Int128)NanosPerSecond * options.HorizonSeconds, (Int128)bound * options.MinBounds)));
    }

    private static long Mix(long old, long sample, int weight, int of) => Clamp((((Int128)old * weight) + ((Int128)sample * (of - weight))) / of);

    private static long Clamp(Int128 nanos) => (long)Int128.Min(nanos, LeaseBalance.MaxNanos);
}
