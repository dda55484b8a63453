using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Postings;

/// <summary>Where a usage record's cost is taken from.</summary>
internal enum PostingSource
{
    /// <summary>From the attempt's hold; a cost beyond it is overage.</summary>
    Hold,

    /// <summary>From the lease that the attempt was drawn from, up to the attempt's bound; a cost beyond it is overage.</summary>
    Lease,

    /// <summary>From available, else overage: usage that no hold was made for, or a correction upwards.</summary>
    Available,

    /// <summary>As <see cref="Available"/>, though the attempt should have had an open hold: something is wrong and must be seen.</summary>
    AvailableUnexpected,

    /// <summary>A correction downwards: from spent back to available, overage repaid first.</summary>
    Refund,
}

/// <summary>What one rated usage record does to its wallet, and to its hold or lease. Pure.</summary>
/// <param name="Hold">The hold afterwards; null when it does not change.</param>
/// <param name="Lease">The lease afterwards; null when it does not change.</param>
internal sealed record PostingDecision(PostingSource Source, HoldSnapshot? Hold, LeaseSnapshot? Lease, IReadOnlyList<Move> Moves)
{
    /// <summary>True for an item that moves money: history never does, and an unpriced one leaves its hold as it is until its price is known.</summary>
    public static bool Posts(UsageMeteredItem item) => item.Funding != FundingClass.History && item.CostNanos is not null;

    /// <param name="hold">The attempt's hold, a suspended draw included; null when there is none. It comes before the lease: the money has left that.</param>
    /// <param name="lease">The lease that the attempt was drawn from; null when there is none.</param>
    /// <param name="wallet">The charged wallet: the hold's or the lease's own where there is one.</param>
    /// <param name="isPosted">A record of the attempt was posted before, so that its hold or lease has nothing more for it.</param>
    public static PostingDecision Decide(UsageMeteredItem item, HoldSnapshot? hold, LeaseSnapshot? lease, WalletAccounts wallet, bool isPosted)
    {
        var cost = item.CostNanos!.Value;
        if (cost < 0)
        {
            return new PostingDecision(PostingSource.Refund, null, null, Refund(-cost));
        }

        if (item.Funding != FundingClass.Leased)
        {
            return new PostingDecision(PostingSource.Available, null, null, Debit(wallet, cost));
        }

        if (hold is { IsEnded: false })
        {
            var from = hold.State == HoldState.Suspended ? Account.Suspense : Account.Held;
            return new PostingDecision(PostingSource.Hold, HoldDecision.End(hold, HoldState.Posted), null, [.. HoldDecision.Spend(hold, from, cost)]);
        }

        if (hold is null && !isPosted && lease is { State: not LeaseState.Ended })
        {
            var post = LeaseDecision.Decide(lease, new LeaseInput.Post(cost, item.BoundNanos, wallet.Available));
            return new PostingDecision(PostingSource.Lease, null, post.Lease, post.Moves);
        }

        return new PostingDecision(
            item.CorrectsRecordId is null ? PostingSource.AvailableUnexpected : PostingSource.Available, null, null, Debit(wallet, cost));
    }

    private static Move[] Debit(WalletAccounts wallet, long cost)
    {
        var covered = Math.Min(cost, wallet.Available);
        return
        [
            new Move(TransferKind.Settlement, Account.Available, Account.Spent, covered),
            new Move(TransferKind.Overage, Account.Overage, Account.Spent, cost - covered),
        ];
    }

    /// <param name="amount">At most what the wallet has spent.</param>
    public static Move[] Refund(long amount) => [new Move(TransferKind.Refund, Account.Spent, Account.Available, amount)];
}
