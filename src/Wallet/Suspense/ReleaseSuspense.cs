using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Suspense;

/// <summary>
/// An operator gives back what is left of an attempt or a lease in suspense. The transfer says who and why; usage that is recorded later is taken from available.
/// </summary>
internal sealed class ReleaseSuspense(LedgerDatabase database, ChangeLease changeLease, LeaseWrite write, TimeProvider time)
{
    public async Task<ReleaseSuspenseResponse> RunAsync(ReleaseSuspenseRequest request, string actor, CancellationToken cancellationToken)
    {
        Rules.Require(Validation.Text("description", request.Description, 1, 500));
        Rules.Require((request.AttemptId.Length == 0) == (request.LeaseId.Length == 0) ? "Give attempt_id or lease_id, one of the two." : null);
        var ofLease = request.LeaseId.Length > 0;
        var id = ofLease ? Rules.RequireLeaseId(request.LeaseId) : Rules.RequireAttemptId(request.AttemptId);
        var answer = await database.InTransactionAsync(
            async transaction =>
            {
                var answer = ofLease
                    ? await ReleaseLeaseAsync(transaction, id, actor, request.Description, cancellationToken)
                    : await ReleaseAttemptAsync(transaction, id, actor, request.Description, cancellationToken);
                CrashPoint.Reach(CrashPoints.SuspenseReleaseBeforeCommit);
                return (answer, true);
            },
            cancellationToken);
        CrashPoint.Reach(CrashPoints.SuspenseReleaseAfterCommit);
        return answer;
    }

    private async Task<ReleaseSuspenseResponse> ReleaseLeaseAsync(
        NpgsqlTransaction transaction, Guid leaseId, string actor, string description, CancellationToken cancellationToken)
    {
        var (unit, lease, _) = await changeLease.LockAsync(transaction, leaseId, cancellationToken);
        var decision = changeLease.Decide(lease, new LeaseInput.Release());
        if (decision.Verdict == LeaseVerdict.Apply)
        {
            await write.RunAsync(
                transaction, unit, lease, decision.Lease, decision.Moves, new TransferDetails(actor, unit.Now, description), cancellationToken);
        }

        return new ReleaseSuspenseResponse { WalletId = lease.WalletId, ReleasedNanos = decision.Lease.Released - lease.Released };
    }

    private async Task<ReleaseSuspenseResponse> ReleaseAttemptAsync(
        NpgsqlTransaction transaction, Guid attemptId, string actor, string description, CancellationToken cancellationToken)
    {
        var (wallets, holds) = await HoldStore.LockAsync(transaction, [attemptId], [], cancellationToken);
        var unit = new LedgerUnit(wallets, time.GetUtcNow().TruncateToMicroseconds());
        var decision = HoldDecision.Decide(holds.GetValueOrDefault(attemptId), new HoldInput.GiveBack(description), unit.Now);
        var hold = decision.Verdict switch
        {
            HoldVerdict.NotFound => throw RpcErrors.NotFound(Reasons.HoldNotFound, $"There is no hold for attempt {attemptId}."),
            HoldVerdict.Ended => throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.HoldEnded,
                $"Attempt {attemptId} is {decision.Hold!.State.ToString().ToLowerInvariant()}, not in suspense; there is nothing to release."),
            HoldVerdict.Repeat or HoldVerdict.Apply => decision.Hold!,
        };
        var released = decision.Moves.Sum(move => move.Amount);
        if (decision.Verdict == HoldVerdict.Apply)
        {
            foreach (var move in decision.Moves)
            {
                unit.Move(hold.WalletId!, move, new TransferDetails(actor, unit.Now, description, AttemptId: attemptId), hold.CapAccounts);
            }

            await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
            LedgerStore.AddTo(batch, unit);
            HoldStore.AddTo(batch, [hold], unit.Now);
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        return new ReleaseSuspenseResponse { WalletId = hold.WalletId ?? "", ReleasedNanos = released };
    }
}
