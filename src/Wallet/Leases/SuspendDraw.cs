using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>
/// Takes one attempt whose usage is unknown out of its lease, as a hold in suspense with the attempt's own id: from there on it is settled like any other. In
/// whatever order this and the attempt's posting come, the attempt is charged once.
/// </summary>
internal sealed class SuspendDraw(LedgerDatabase database, ChangeLease change, LeaseWrite write)
{
    public async Task<HoldResponse> RunAsync(SuspendDrawRequest request, string actor, CancellationToken cancellationToken)
    {
        var leaseId = Rules.RequireLeaseId(request.LeaseId);
        var attemptId = Rules.RequireAttemptId(request.AttemptId);
        Rules.Require(request.AmountNanos > 0 ? null : $"amount_nanos must be above 0; it is {request.AmountNanos}.", Reasons.AmountInvalid);
        Rules.Require(Validation.Text("reason", request.Reason, 0, 200));
        var answer = await database.InTransactionAsync(
            async transaction =>
            {
                var (unit, lease, _) = await change.LockAsync(transaction, leaseId, cancellationToken);
                var draw = new SuspendedDraw(
                    attemptId, request.AmountNanos, request.Reason.Length > 0 ? request.Reason : "unknown",
                    Rules.ReadMoment("occurred_at", request.OccurredAt) ?? unit.Now, request.TeamId.Length > 0 ? request.TeamId : lease.Subject.TeamId,
                    request.UserId, request.ApplicationId, request.Context ?? new AttemptContext());
                var answer = await FindAsync(transaction, lease, draw, cancellationToken)
                    ?? await SuspendAsync(transaction, unit, lease, draw, actor, cancellationToken);
                CrashPoint.Reach(CrashPoints.LeaseSuspendBeforeCommit);
                return (answer, true);
            },
            cancellationToken);
        CrashPoint.Reach(CrashPoints.LeaseSuspendAfterCommit);
        return answer;
    }

    /// <summary>The answer when the attempt is known already.</summary>
    private static async Task<HoldResponse?> FindAsync(
        NpgsqlTransaction transaction, LeaseSnapshot lease, SuspendedDraw draw, CancellationToken cancellationToken)
    {
        if (await LeaseStore.FindDrawAsync(transaction, draw.AttemptId, cancellationToken) is { } hold)
        {
            return hold.LeaseId == lease.LeaseId
                ? new HoldResponse { AttemptId = draw.AttemptId.ToString(), State = hold.State, HeldNanos = hold.Held }
                : throw RpcErrors.Create(
                    StatusCode.AlreadyExists, Reasons.AttemptExists, $"Attempt {draw.AttemptId} is held otherwise than from lease {lease.LeaseId}.");
        }

        return await LeaseStore.IsPostedAsync(transaction, draw.AttemptId, cancellationToken)
            ? new HoldResponse { AttemptId = draw.AttemptId.ToString(), State = HoldState.Posted }
            : null;
    }

    private async Task<HoldResponse> SuspendAsync(
        NpgsqlTransaction transaction, LedgerUnit unit, LeaseSnapshot lease, SuspendedDraw draw, string actor, CancellationToken cancellationToken)
    {
        var decision = change.Decide(lease, new LeaseInput.SuspendDraw(draw.Amount));
        await write.RunAsync(
            transaction, unit, lease, decision.Lease, decision.Moves, new TransferDetails(actor, draw.OccurredAt, draw.Reason, AttemptId: draw.AttemptId),
            cancellationToken, batch => LeaseStore.AddSuspendedDrawTo(batch, lease, draw, unit.Now));
        return new HoldResponse { AttemptId = draw.AttemptId.ToString(), State = HoldState.Suspended, HeldNanos = draw.Amount };
    }
}
