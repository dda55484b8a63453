namespace Platform.Routing.Leases;

/// <summary>What is to be done about a lease.</summary>
internal enum LeaseAction
{
    Nothing,

    /// <summary>Ask Wallet for the lease, or for more of it.</summary>
    Ask,

    /// <summary>Tell Wallet the totals: heartbeat, and return of what is not needed.</summary>
    Report,

    /// <summary>Draw no more from it; then decide again.</summary>
    Retire,

    /// <summary>Tell Wallet the end.</summary>
    Close,
}

/// <summary>How a lease stands in this process.</summary>
internal readonly record struct LeaseView
{
    /// <summary>Nothing may be drawn from it any more.</summary>
    public required bool Retired { get; init; }

    public required LeaseTotals Totals { get; init; }

    /// <summary>Wallet knows that it is retired.</summary>
    public bool RetirementTold { get; init; }

    /// <summary>At or below this, more is asked for.</summary>
    public required long LowNanos { get; init; }

    /// <summary>A call waits that found too little.</summary>
    public bool Waiting { get; init; }

    /// <summary>Since the last draw, or since the lease was made.</summary>
    public required TimeSpan SinceDraw { get; init; }

    /// <summary>Since the last operation that Wallet answered was sent.</summary>
    public required TimeSpan SinceAnswer { get; init; }

    /// <summary>How long an answer lets the holder draw.</summary>
    public required TimeSpan TimeToLive { get; init; }

    /// <summary>Wallet said, or its silence says, that it is too early to ask for more.</summary>
    public bool AskLater { get; init; }

    /// <summary>Wallet did not answer the last operation; it is too early to try again.</summary>
    public bool TryLater { get; init; }
}

/// <summary>Decides what is to be done next about a lease. Pure.</summary>
internal static class LeaseDecision
{
    public static LeaseAction Decide(LeaseView lease, TimeSpan idleLimit) => lease switch
    {
        { Retired: false } when lease.SinceDraw >= idleLimit => LeaseAction.Retire,
        { TryLater: true } => LeaseAction.Nothing,
        { Retired: true, Totals.OpenNanos: 0 } => LeaseAction.Close,
        { Retired: true, RetirementTold: false } or { Retired: true, Totals.UndrawnNanos: > 0 } => LeaseAction.Report,
        { Retired: false, AskLater: false } when lease.Waiting || lease.Totals.UndrawnNanos <= lease.LowNanos => LeaseAction.Ask,

        // A lease that Wallet has not granted yet is nothing to report on.
        { Totals.GrantedNanos: > 0 } when lease.SinceAnswer >= lease.TimeToLive / 2 => LeaseAction.Report,
        _ => LeaseAction.Nothing,
    };

    /// <summary>What stays undrawn when the totals are reported: everything, until it is twice what is wanted.</summary>
    public static long Keep(bool retired, long undrawnNanos, long wantedNanos) =>
        retired ? 0 : undrawnNanos / 2 > wantedNanos ? wantedNanos : undrawnNanos;
}
