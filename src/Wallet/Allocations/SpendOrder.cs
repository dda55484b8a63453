namespace Platform.Wallet.Allocations;

/// <summary>
/// Whose money was spent, in a wallet with money of several periods: what goes out is taken from the money whose period ends first, and from money without an end
/// last; what comes back undoes the last of it first. Until a period begins or ends only the difference of the wallet's unspent money counts, so the answer does not
/// depend on the order in which calls, reports and corrections arrived, and spending has to write nothing. Pure.
/// </summary>
internal static class SpendOrder
{
    /// <summary>What is left of each period's money.</summary>
    /// <param name="remaining">In the order in which the periods end; last the money without an end.</param>
    /// <param name="unspent">What the wallet has now: available, held and in suspense. 0 or more.</param>
    public static long[] Settle(IReadOnlyList<long> remaining, long unspent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(unspent);
        var settled = remaining.ToArray();
        var gone = remaining.Sum() - unspent;
        if (gone < 0)
        {
            // More came back than went out: nobody can say of which period it was.
            settled[^1] -= gone;
            return settled;
        }

        for (var i = 0; i < settled.Length; i++)
        {
            var taken = Math.Min(settled[i], gone);
            settled[i] -= taken;
            gone -= taken;
        }

        return settled;
    }
}
