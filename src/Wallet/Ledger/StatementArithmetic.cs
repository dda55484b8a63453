using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>A wallet at a moment, as its last transfers before it left it.</summary>
/// <param name="Position">Sequence of the last of them; 0 for none.</param>
internal readonly record struct WalletMoment(long Position, long Available, long Spent, long Overage);

/// <summary>People's transfers of one kind in one direction.</summary>
/// <param name="Out">They went out of the wallet.</param>
/// <param name="After">They were recorded after the statement's span.</param>
internal sealed record StatementFlow(TransferKind Kind, bool Out, bool After, Int128 Amount);

/// <summary>What the ledger says for a statement.</summary>
/// <param name="NetNow">Credited less moved out of the wallet as it is now.</param>
/// <param name="Flows">Within the span and after it.</param>
/// <param name="Refunded">Within the span, as <paramref name="Repaid"/>.</param>
internal sealed record StatementFacts(
    WalletMoment Opening, WalletMoment Closing, long NetNow, IReadOnlyList<StatementFlow> Flows, Int128 Refunded, Int128 Repaid);

/// <summary>
/// Makes a statement of balances before and after, never of a sum over calls: what people put in up to a moment is what they put in up to now less what came later, and
/// total = put in + overage - spent at any moment. Pure.
/// </summary>
internal static class StatementArithmetic
{
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (AMOUNT_INVALID): what went in or out in the span leaves the range of amounts, as where the same money was moved many times.</exception>
    public static Statement Of(StatementFacts facts)
    {
        Int128 Sum(bool after, bool goesOut, params ReadOnlySpan<TransferKind> kinds)
        {
            var sum = Int128.Zero;
            foreach (var flow in facts.Flows)
            {
                sum += flow.After == after && flow.Out == goesOut && (kinds.IsEmpty || kinds.Contains(flow.Kind)) ? flow.Amount : 0;
            }

            return sum;
        }

        long Within(bool goesOut, TransferKind kind) => (long)Sum(after: false, goesOut, kind);

        var spent = facts.Closing.Spent - facts.Opening.Spent + facts.Refunded;
        RequireRange(Sum(after: false, goesOut: false) + facts.Refunded, "in");
        RequireRange(Sum(after: false, goesOut: true) + spent, "out");
        var netAtClosing = facts.NetNow - Sum(after: true, goesOut: false) + Sum(after: true, goesOut: true);
        var netAtOpening = netAtClosing - Sum(after: false, goesOut: false) + Sum(after: false, goesOut: true);
        return new Statement
        {
            Opening = Balance(facts.Opening, netAtOpening),
            Closing = Balance(facts.Closing, netAtClosing),
            ToppedUpNanos = Within(false, TransferKind.TopUp),
            AllocatedInNanos = Within(false, TransferKind.Allocation),
            ReclaimedInNanos = Within(false, TransferKind.Reclaim),
            TransferredInNanos = Within(false, TransferKind.Transfer),
            CorrectedInNanos = Within(false, TransferKind.Correction),
            ExpiredInNanos = Within(false, TransferKind.Expiry),
            RefundedNanos = (long)facts.Refunded,
            AllocatedOutNanos = Within(true, TransferKind.Allocation),
            ReclaimedOutNanos = Within(true, TransferKind.Reclaim),
            TransferredOutNanos = Within(true, TransferKind.Transfer),
            CorrectedOutNanos = Within(true, TransferKind.Correction),
            ExpiredOutNanos = Within(true, TransferKind.Expiry),
            SpentNanos = (long)spent,
            OverageNanos = (long)(facts.Closing.Overage - facts.Opening.Overage + facts.Repaid),
            RepaidNanos = (long)facts.Repaid,
        };
    }

    // The totals of both sides are shown too, and are at least each of their parts.
    private static void RequireRange(Int128 total, string direction) => Rules.Require(
        total <= long.MaxValue ? null : $"What went {direction} between from and to adds up to more than {new Money(long.MaxValue)}, the largest amount there is. Ask for shorter spans.",
        Reasons.AmountInvalid);

    private static StatementBalance Balance(WalletMoment moment, Int128 net)
    {
        var total = (long)(net + moment.Overage - moment.Spent);
        return new StatementBalance
        {
            AvailableNanos = moment.Available, SetAsideNanos = total - moment.Available, TotalNanos = total, OverageNanos = moment.Overage,
        };
    }
}
