namespace Platform.Wallet.Leases;

/// <summary>
/// How much of a wallet one holder gets at a time. Pure. A slice follows the holder's demand and leaves the others theirs: at most half of what would fall to it
/// if all holders shared what is available. Slices shrink with the balance, until they would be too small to be worth a lease.
/// </summary>
internal static class LeaseSizing
{
    /// <summary>The least that is granted, and the least a holder that a leased balance has, in bounds.</summary>
    public const int LeastBounds = 20;

    /// <param name="available">Of the wallet, in nano-units.</param>
    /// <param name="undrawnHere">What the asking holder has left, as it tells.</param>
    /// <param name="undrawnElsewhere">What other holders of the wallet had left when they last told.</param>
    /// <param name="holders">1 or more, the asking one included.</param>
    /// <param name="wanted">What the holder would like to have undrawn. Above 0.</param>
    /// <param name="bound">Of a typical call. Above 0.</param>
    public static LeaseSlice Decide(long available, long undrawnHere, long undrawnElsewhere, int holders, long wanted, long bound)
    {
        if (undrawnHere >= wanted)
        {
            return LeaseSlice.Enough;
        }

        var least = (Int128)LeastBounds * bound;
        var balance = (Int128)available + undrawnHere + undrawnElsewhere;
        if (available < least || balance < least * holders)
        {
            // What others have left is worth asking back: shared anew, or held call by call.
            return new LeaseSlice(LeaseSliceKind.UseHolds, 0, RecallOthers: undrawnElsewhere > 0);
        }

        var share = available / (2L * holders);
        return new LeaseSlice(LeaseSliceKind.Grant, (long)Int128.Max(Math.Min(wanted - undrawnHere, share), least), RecallOthers: false);
    }
}

internal enum LeaseSliceKind
{
    Enough,
    UseHolds,
    Grant,
}

/// <param name="Amount">Above 0 for a grant, in nano-units.</param>
/// <param name="RecallOthers">The wallet's other leases are to be asked back.</param>
internal readonly record struct LeaseSlice(LeaseSliceKind Kind, long Amount, bool RecallOthers)
{
    public static readonly LeaseSlice Enough = new(LeaseSliceKind.Enough, 0, false);
}
