using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>What the operations on a lease that there is have in common: lock its wallet, read it, decide; and the errors of the contract.</summary>
internal sealed partial class ChangeLease(TimeProvider time, ILogger<ChangeLease> log)
{
    /// <exception cref="RpcException">NOT_FOUND (LEASE_NOT_FOUND).</exception>
    public async Task<(LedgerUnit Unit, LeaseSnapshot Lease, long ScopesRevision)> LockAsync(NpgsqlTransaction transaction, Guid leaseId, CancellationToken cancellationToken)
    {
        var (wallets, leases, scopesRevision) = await LeaseStore.LockAsync(transaction, [leaseId], cancellationToken);
        return leases.Count == 1
            ? (new LedgerUnit(wallets, time.GetUtcNow().TruncateToMicroseconds()), leases[0], scopesRevision)
            : throw NotFound(leaseId);
    }

    /// <summary>NOT_FOUND (LEASE_NOT_FOUND).</summary>
    public static RpcException NotFound(Guid leaseId) => RpcErrors.NotFound(Reasons.LeaseNotFound, $"There is no lease {leaseId}.");

    /// <summary>The decision, when it is one to answer with.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT (LEASE_TOTALS_INVALID), FAILED_PRECONDITION (LEASE_ENDED).</exception>
    public LeaseDecision Decide(LeaseSnapshot lease, LeaseInput input)
    {
        var decision = LeaseDecision.Decide(lease, input);
        switch (decision.Verdict)
        {
            case LeaseVerdict.Invalid:
                LogInvalid(lease.LeaseId, lease.Holder, decision.Problem);
                throw RpcErrors.InvalidArgument($"Lease {lease.LeaseId}: {decision.Problem}", Reasons.LeaseTotalsInvalid);
            case LeaseVerdict.Ended:
                throw RpcErrors.Create(
                    StatusCode.FailedPrecondition, Reasons.LeaseEnded, $"Lease {lease.LeaseId} is {lease.State.ToString().ToLowerInvariant()}; its state does not allow this.");
            default:
                return decision;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Holder {Holder} of lease {LeaseId} tells what contradicts what is known; nothing changes. {Problem}")]
    private partial void LogInvalid(Guid leaseId, string holder, string problem);
}
