using Microsoft.Extensions.Options;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Alerts;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>A holder's running totals: what it proves undrawn returns, the rest stays set aside until usage records post it.</summary>
internal sealed class ReportLease(LedgerDatabase database, ChangeLease change, LeaseWrite write, IOptions<LeaseOptions> options)
{
    public async Task<ReportLeaseResponse> RunAsync(ReportLeaseRequest request, string actor, CancellationToken cancellationToken)
    {
        var leaseId = Rules.RequireLeaseId(request.LeaseId);
        var answer = await database.InTransactionAsync(
            async transaction =>
            {
                var (unit, lease, scopesRevision) = await change.LockAsync(transaction, leaseId, cancellationToken);
                var decision = change.Decide(
                    lease,
                    new LeaseInput.Report(
                        request.ReturnedNanos, request.DrawnNanos, request.OpenNanos, request.Retired, options.Value.ExpiryFrom(unit.Now)));
                await write.RunAsync(
                    transaction, unit, lease, decision.Lease, decision.Moves, new TransferDetails(actor, unit.Now, "returned undrawn"), cancellationToken);
                CrashPoint.Reach(CrashPoints.LeaseReportBeforeCommit);
                var mayDraw = decision.Lease.State == LeaseState.Open;
                return (new ReportLeaseResponse
                {
                    Lease = decision.Lease.ToContract(),
                    TtlSeconds = mayDraw ? options.Value.TtlFrom(unit.Now, decision.Lease.EndsAt) : 0,
                    WalletStatus = ReadWallets.StatusOf(unit[lease.WalletId]),
                    WalletBalanceNanos = LowBalance.Balance(unit[lease.WalletId]),
                    ScopesRevision = scopesRevision,
                }, true);
            },
            cancellationToken);
        CrashPoint.Reach(CrashPoints.LeaseReportAfterCommit);
        return answer;
    }
}
