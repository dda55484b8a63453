using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>A wallet at a moment, as its last transfers before it left it.</summary>
/// <param name="Position">Sequence of the last of them; 0 for none.</param>
internal readonly record struct WalletMoment(long Position, long Available, long Spent, long Overage);

/// <summary>People's transfers of one kind in one direction.</summary>
/// <param name="Out">They went out of the wallet.</param>
/// <param name="After">They were recorded after the statement's span.</param>
internal sealed record StatementFlow(TransferKind Kind, bool Out, bool After, long Amount);

/// <summary>What the ledger says for a statement.</summary>
/// <param name="NetNow">Credited less moved out of the wallet as it is now.</param>
/// <param name="Flows">Within the span and after it.</param>
/// <param name="Refunded">Within the span, as <paramref name="Repaid"/>.</param>
internal sealed record StatementFacts(
    WalletMoment Opening, WalletMoment Closing, long NetNow, IReadOnlyList<StatementFlow> Flows, long Refunded, long Repaid);

/// <summary>
/// Makes a statement of balances before and after, never of a sum over calls: what people put in up to a moment is what they put in up to now less what came later, and
/// total = put in + overage - spent at any moment. Pure.
/// </summary>
internal static class StatementArithmetic
{
    public static Statement Of(StatementFacts facts)
    {
        long Sum(bool after, bool goesOut, params ReadOnlySpan<TransferKind> kinds)
        {
            var sum = 0L;
            foreach (var flow in facts.Flows)
            {
                sum += flow.After == after && flow.Out == goesOut && (kinds.IsEmpty || kinds.Contains(flow.Kind)) ? flow.Amount : 0;
            }

            return sum;
        }

        var netAtClosing = facts.NetNow - Sum(after: true, goesOut: false) + Sum(after: true, goesOut: true);
        var netAtOpening = netAtClosing - Sum(after: false, goesOut: false) + Sum(after: false, goesOut: true);
        return new Statement
        {
            Opening = Balance(facts.Opening, netAtOpening),
            Closing = Balance(facts.Closing, netAtClosing),
            ToppedUpNanos = Sum(false, false, TransferKind.TopUp),
            AllocatedInNanos = Sum(false, false, TransferKind.Allocation),
            ReclaimedInNanos = Sum(false, false, TransferKind.Reclaim),
            TransferredInNanos = Sum(false, false, TransferKind.Transfer),
            CorrectedInNanos = Sum(false, false, TransferKind.Correction),
            ExpiredInNanos = Sum(false, false, TransferKind.Expiry),
            RefundedNanos = facts.Refunded,
            AllocatedOutNanos = Sum(false, true, TransferKind.Allocation),
            ReclaimedOutNanos = Sum(false, true, TransferKind.Reclaim),
            TransferredOutNanos = Sum(false, true, TransferKind.Transfer),
            CorrectedOutNanos = Sum(false, true, TransferKind.Correction),
            ExpiredOutNanos = Sum(false, true, TransferKind.Expiry),
            SpentNanos = facts.Closing.Spent - facts.Opening.Spent + facts.Refunded,
            OverageNanos = facts.Closing.Overage - facts.Opening.Overage + facts.Repaid,
            RepaidNanos = facts.Repaid,
        };
    }

    private static StatementBalance Balance(WalletMoment moment, long net)
    {
        var total = net + moment.Overage - moment.Spent;
        return new StatementBalance
        {
            AvailableNanos = moment.Available, SetAsideNanos = total - moment.Available, TotalNanos = total, OverageNanos = moment.Overage,
        };
    }
}
