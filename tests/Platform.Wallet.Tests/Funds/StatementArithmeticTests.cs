using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

public sealed class StatementArithmeticTests
{
    [Fact]
    public void A_statement_goes_back_from_now_by_what_people_moved_and_by_balances()
    {
        // Before: 100 put in, 30 spent of it, 10 set aside. Within: 50 allocated, 20 reclaimed, 45 spent net of a refund of 5 and with overage of 3, of which 1 was
        // repaid. After: 7 transferred out, 1,000 allocated.
        var statement = StatementArithmetic.Of(new StatementFacts(
            new WalletMoment(5, 60, 30, 0), new WalletMoment(9, 40, 75, 2), 100 + 50 - 20 - 7 + 1_000,
            [
                new StatementFlow(TransferKind.Allocation, false, false, 50), new StatementFlow(TransferKind.Reclaim, true, false, 20),
                new StatementFlow(TransferKind.Transfer, true, true, 7), new StatementFlow(TransferKind.Allocation, false, true, 1_000),
            ],
            Refunded: 5, Repaid: 1));

        Assert.Equal("60+10=70 over 0", Line(statement.Opening));
        Assert.Equal("40+17=57 over 2", Line(statement.Closing));
        Assert.Equal((50, 20, 0, 50, 5, 3, 1), (
            statement.AllocatedInNanos, statement.ReclaimedOutNanos, statement.TransferredOutNanos, statement.SpentNanos, statement.RefundedNanos,
            statement.OverageNanos, statement.RepaidNanos));
        StatementSums.AssertAddsUp(statement);
    }

    [Fact]
    public void Money_that_was_moved_to_and_fro_may_add_up_to_more_than_an_amount_can_be_before_and_after_but_not_within()
    {
        StatementFlow[] Flows(bool after) =>
        [
            new(TransferKind.Allocation, false, after, (Int128)long.MaxValue * 3), new(TransferKind.Reclaim, true, after, (Int128)long.MaxValue * 3 - 60),
        ];
        var (opening, closing) = (new WalletMoment(5, 60, 0, 0), new WalletMoment(5, 60, 0, 0));

        var statement = StatementArithmetic.Of(new StatementFacts(opening, closing, 120, Flows(after: true), 0, 0));
        Assert.Equal(("60+0=60 over 0", 0), (Line(statement.Closing), statement.AllocatedInNanos));

        var refused = Assert.Throws<RpcException>(() => StatementArithmetic.Of(new StatementFacts(opening, closing, 120, Flows(after: false), 0, 0)));
        Assert.Equal((StatusCode.InvalidArgument, Reasons.AmountInvalid), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        Assert.Contains("Ask for shorter spans.", refused.Status.Detail, StringComparison.Ordinal);
    }

    private static string Line(StatementBalance balance) =>
        $"{balance.AvailableNanos}+{balance.SetAsideNanos}={balance.TotalNanos} over {balance.OverageNanos}";
}

internal static class StatementSums
{
    /// <summary>The sentence of the contract, in arithmetic.</summary>
    public static void AssertAddsUp(Statement s)
    {
        var into = s.ToppedUpNanos + s.AllocatedInNanos + s.ReclaimedInNanos + s.TransferredInNanos + s.CorrectedInNanos + s.ExpiredInNanos + s.RefundedNanos;
        var outOf = s.AllocatedOutNanos + s.ReclaimedOutNanos + s.TransferredOutNanos + s.CorrectedOutNanos + s.ExpiredOutNanos + s.SpentNanos;
        Assert.Equal(s.Closing.TotalNanos, s.Opening.TotalNanos + into - outOf + s.OverageNanos - s.RepaidNanos);
        Assert.Equal(s.Closing.OverageNanos, s.Opening.OverageNanos + s.OverageNanos - s.RepaidNanos);
        foreach (var balance in new[] { s.Opening, s.Closing })
        {
            Assert.Equal(balance.TotalNanos, balance.AvailableNanos + balance.SetAsideNanos);
            Assert.True(balance is { AvailableNanos: >= 0, SetAsideNanos: >= 0, OverageNanos: >= 0 }, balance.ToString());
        }
    }
}
