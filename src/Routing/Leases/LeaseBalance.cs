namespace Platform.Routing.Leases;

/// <summary>A lease's running totals at one moment, in nano-units, as Wallet is told of them.</summary>
/// <param name="OpenNanos">
/// Bounds of attempts in flight. An attempt that ends while the totals are read may still be in here whole or in part; it is never left out.
/// </param>
internal readonly record struct LeaseTotals(long GrantedNanos, long ReturnedNanos, long DrawnNanos, long OpenNanos, long UndrawnNanos);

/// <summary>
/// The account of one lease in this process's memory: granted = returned + drawn + open + undrawn, at every moment. Any number of threads may draw and give
/// back; they take no lock and allocate nothing. Granting, returning and retiring are for one thread at a time (<see cref="HeldLease"/> sees to it).
/// </summary>
/// <remarks>
/// Only four of the five are stored: what is open is the difference. So a draw is one atomic subtraction from what is undrawn, and there is no moment at
/// which money is in two places or in none. A give-back is two steps (first what was spent, then the rest), between which the rest still counts as open:
/// a reader can take an ended attempt for an open one, never an open one for ended.
/// </remarks>
internal sealed class LeaseBalance
{
    /// <summary>What a retired balance is below zero by, so that no draw can succeed and give-backs still add up. Amounts stay below half of it.</summary>
    private const long Retired = long.MinValue / 2;

    /// <summary>The most that can be granted.</summary>
    public const long MaxNanos = long.MaxValue / 4;

    private long _undrawn;
    private long _drawn;
    private long _granted;
    private long _returned;

    /// <summary>What can be drawn, or, when retired, what waits to be returned.</summary>
    public long UndrawnNanos => Amount(Volatile.Read(ref _undrawn));

    public bool IsRetired => Volatile.Read(ref _undrawn) < 0;

    /// <summary>Takes a bound out of what is undrawn; false, and nothing changed, when there is less, or the lease is retired.</summary>
    /// <param name="boundNanos">Above 0.</param>
    /// <param name="leftNanos">What is undrawn after it, or without it.</param>
    public bool TryDraw(long boundNanos, out long leftNanos)
    {
        var seen = Volatile.Read(ref _undrawn);
        while (seen >= boundNanos)
        {
            var found = Interlocked.CompareExchange(ref _undrawn, seen - boundNanos, seen);
            if (found == seen)
            {
                leftNanos = seen - boundNanos;
                return true;
            }

            seen = found;
        }

        leftNanos = Amount(seen);
        return false;
    }

    /// <summary>Ends a draw. A draw that goes to suspense is spent whole.</summary>
    /// <param name="spentNanos">What of the bound was spent, 0 to the bound.</param>
    /// <returns>True when the lease is retired, so that what came back is now to be returned.</returns>
    public bool GiveBack(long boundNanos, long spentNanos)
    {
        Interlocked.Add(ref _drawn, spentNanos);
        return Interlocked.Add(ref _undrawn, boundNanos - spentNanos) < 0;
    }

    /// <summary>Takes a running total of Wallet's. One that is not above the known changes nothing: it was overtaken.</summary>
    /// <returns>How much is new.</returns>
    public long Grant(long grantedNanos)
    {
        var more = Math.Min(grantedNanos, MaxNanos) - _granted;
        if (more <= 0)
        {
            return 0;
        }

        Volatile.Write(ref _granted, _granted + more);
        Interlocked.Add(ref _undrawn, more);
        return more;
    }

    /// <summary>From its return on, no draw succeeds. Again: nothing changes.</summary>
    public void Retire()
    {
        var seen = Volatile.Read(ref _undrawn);
        while (seen >= 0)
        {
            var found = Interlocked.CompareExchange(ref _undrawn, seen + Retired, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>Counts undrawn money as returned, so that it can be drawn no more, and Wallet can be told.</summary>
    /// <param name="keepNanos">What is left undrawn when there is more; 0 or more.</param>
    public void Return(long keepNanos)
    {
        while (true)
        {
            var seen = Volatile.Read(ref _undrawn);
            var excess = Amount(seen) - keepNanos;
            if (excess <= 0)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _undrawn, seen - excess, seen) == seen)
            {
                Volatile.Write(ref _returned, _returned + excess);
                return;
            }
        }
    }

    public LeaseTotals Read()
    {
        // In this order: granting and returning change two fields each, and so does a give-back; what is between its two steps must count as open.
        var returned = Volatile.Read(ref _returned);
        var drawn = Interlocked.Read(ref _drawn);
        var undrawn = Amount(Interlocked.Read(ref _undrawn));
        var granted = Volatile.Read(ref _granted);
        return new LeaseTotals(granted, returned, drawn, granted - returned - drawn - undrawn, undrawn);
    }

    private static long Amount(long undrawn) => undrawn >= 0 ? undrawn : undrawn - Retired;
}
