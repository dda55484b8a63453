using System.Diagnostics.Metrics;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet;

/// <summary>What an operator of the ledger watches.</summary>
internal sealed class WalletMetrics
{
    private readonly Counter<long> _holds;
    private readonly Histogram<int> _holdBatches;
    private readonly Counter<long> _postings;
    private readonly Counter<long> _overage;
    private long _openHolds;
    private long _allocationsWaiting;
    private long _verifyFindings;

    public WalletMetrics(IMeterFactory factory)
    {
        var meter = factory.Create("Platform.Wallet");
        _holds = meter.CreateCounter<long>("kt.wallet.holds", "{hold}", "Requests for holds by outcome.");
        _holdBatches = meter.CreateHistogram<int>("kt.wallet.hold_batch", "{operation}", "Hold operations that were written as one transaction.");
        _postings = meter.CreateCounter<long>("kt.wallet.postings", "{record}", "Usage records posted.");
        _overage = meter.CreateCounter<long>("kt.wallet.overage", "{nano}", "Spent beyond what was held or available, in nano-units of the currency.");
        meter.CreateObservableGauge("kt.wallet.open_holds", () => OpenHolds, "{hold}", "Holds without an end.");
        meter.CreateObservableGauge(
            "kt.wallet.allocations.waiting", () => AllocationsWaiting, "{allocation}", "Allocations that are due while the wallet above has too little.");
        meter.CreateObservableGauge(
            "kt.wallet.verify.findings", () => VerifyFindings, "{finding}", "Broken invariants of the ledger that the last verification found.");
    }

    /// <summary>Counted by the sweep.</summary>
    public long OpenHolds
    {
        get => Volatile.Read(ref _openHolds);
        set => Volatile.Write(ref _openHolds, value);
    }

    /// <summary>Counted by the scheduler.</summary>
    public long AllocationsWaiting
    {
        get => Volatile.Read(ref _allocationsWaiting);
        set => Volatile.Write(ref _allocationsWaiting, value);
    }

    /// <summary>Counted by the verification at intervals.</summary>
    public long VerifyFindings
    {
        get => Volatile.Read(ref _verifyFindings);
        set => Volatile.Write(ref _verifyFindings, value);
    }

    public void HoldCreated(HoldOutcome outcome) => _holds.Add(1, new KeyValuePair<string, object?>("kt.outcome", outcome.ToString()));

    public void HoldBatch(int operations) => _holdBatches.Record(operations);

    public void Posted(int records) => _postings.Add(records);

    public void Recorded(LedgerUnit unit)
    {
        foreach (var transfer in unit.Transfers)
        {
            if (transfer.Kind == TransferKind.Overage)
            {
                _overage.Add(transfer.Amount);
            }
        }
    }
}
