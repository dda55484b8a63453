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
    private readonly Counter<long> _leases;
    private long _openHolds;
    private long _allocationsWaiting;
    private long _verifyFindings;
    private long _liveLeases;
    private long _suspendedLeases;
    private long _awaitingUsage;
    private long _keptUsage;

    public WalletMetrics(IMeterFactory factory)
    {
        var meter = factory.Create("Platform.Wallet");
        _holds = meter.CreateCounter<long>("kt.wallet.holds", "{hold}", "Requests for holds by outcome.");
        _holdBatches = meter.CreateHistogram<int>("kt.wallet.hold_batch", "{operation}", "Hold operations that were written as one transaction.");
        _postings = meter.CreateCounter<long>("kt.wallet.postings", "{record}", "Usage records posted.");
        _overage = meter.CreateCounter<long>("kt.wallet.overage", "{nano}", "Spent beyond what was held or available, in nano-units of the currency.");
        _leases = meter.CreateCounter<long>("kt.wallet.leases", "{lease}", "Requests for leases by outcome.");
        meter.CreateObservableGauge("kt.wallet.open_holds", () => OpenHolds, "{hold}", "Holds without an end.");
        meter.CreateObservableGauge(
            "kt.wallet.allocations.waiting", () => AllocationsWaiting, "{allocation}", "Allocations that are due while the wallet above has too little.");
        meter.CreateObservableGauge(
            "kt.wallet.verify.findings", () => VerifyFindings, "{finding}", "Broken invariants of the ledger that the last verification found.");
        meter.CreateObservableGauge("kt.wallet.live_leases", () => LiveLeases, "{lease}", "Leases that hold money, without those in suspense.");
        meter.CreateObservableGauge("kt.wallet.suspended_leases", () => SuspendedLeases, "{lease}", "Leases in suspense: their holders or an operator must act.");
        meter.CreateObservableGauge(
            "kt.wallet.awaiting_usage", () => AwaitingUsage, "{record}", "Usage that cannot be posted yet: corrections before what they correct, and what is kept locked.");
        meter.CreateObservableGauge(
            "kt.wallet.kept_usage", () => KeptUsage, "{record}", "Of the usage that cannot be posted yet, what needs a wallet, a hold, a lease or a cap that another transaction keeps locked.");
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

    /// <summary>Counted by the sweep.</summary>
    public long LiveLeases
    {
        get => Volatile.Read(ref _liveLeases);
        set => Volatile.Write(ref _liveLeases, value);
    }

    /// <summary>Counted by the sweep.</summary>
    public long SuspendedLeases
    {
        get => Volatile.Read(ref _suspendedLeases);
        set => Volatile.Write(ref _suspendedLeases, value);
    }

    /// <summary>Counted by the posting of those that wait.</summary>
    public long AwaitingUsage
    {
        get => Volatile.Read(ref _awaitingUsage);
        set => Volatile.Write(ref _awaitingUsage, value);
    }

    /// <summary>Counted by the posting of those that wait.</summary>
    public long KeptUsage
    {
        get => Volatile.Read(ref _keptUsage);
        set => Volatile.Write(ref _keptUsage, value);
    }

    public void LeaseAcquired(LeaseOutcome outcome) => _leases.Add(1, new KeyValuePair<string, object?>("kt.outcome", outcome.ToString()));

    public void HoldCreated(HoldOutcome outcome) => _holds.Add(1, new KeyValuePair<string, object?>("kt.outcome", outcome.ToString()));

    /// <param name="read">What it was decided on was read for it, and not as its writer had written it last.</param>
    public void HoldBatch(int operations, bool read) => _holdBatches.Record(operations, new KeyValuePair<string, object?>("kt.read", read));

    public void Posted(int records) => _postings.Add(records);

    /// <summary>Postings describe their transfers by the model.</summary>
    public void Recorded(LedgerUnit unit)
    {
        foreach (var transfer in unit.Transfers)
        {
            if (transfer.Kind == TransferKind.Overage)
            {
                _overage.Add(transfer.Amount, new KeyValuePair<string, object?>("gen_ai.response.model", transfer.Details.Description));
            }
        }
    }
}
