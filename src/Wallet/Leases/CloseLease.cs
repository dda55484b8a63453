using Microsoft.Extensions.Options;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>A holder's last word on a lease, from its memory or from its journal.</summary>
internal sealed class CloseLease(LedgerDatabase database, ChangeLease change, LeaseWrite write, IOptions<LeaseOptions> options)
{
    public async Task<Lease> RunAsync(CloseLeaseRequest request, string actor, CancellationToken cancellationToken)
    {
        var leaseId = Rules.RequireLeaseId(request.LeaseId);
        var answer = await database.InTransactionAsync(
            async transaction =>
            {
                var (unit, lease, _) = await change.LockAsync(transaction, leaseId, cancellationToken);
                var decision = change.Decide(
                    lease,
                    new LeaseInput.Close(request.DrawnNanos, request.JournalIncomplete, unit.Now.AddHours(options.Value.ClosedLimitHours)));
                if (decision.Verdict == LeaseVerdict.Apply)
                {
                    await write.RunAsync(
                        transaction, unit, lease, decision.Lease, decision.Moves, new TransferDetails(actor, unit.Now, "lease closed"), cancellationToken);
                }

                CrashPoint.Reach(CrashPoints.LeaseCloseBeforeCommit);
                return (decision.Lease.ToContract(), true);
            },
            cancellationToken);
        CrashPoint.Reach(CrashPoints.LeaseCloseAfterCommit);
        return answer;
    }
}
