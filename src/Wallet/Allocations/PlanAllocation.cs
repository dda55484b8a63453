using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>Plans an allocation for a moment to come or for each month. The scheduler makes it, also where it is due at once.</summary>
internal sealed class PlanAllocation(MoveFunds funds, OpenWallet open, SchedulerSignal signal)
{
    public async Task<Allocation> RunAsync(PlanAllocationRequest request, string actor, CancellationToken cancellationToken)
    {
        MoveFunds.Require(request.AmountNanos, request.Description, request.IdempotencyKey);
        var owner = WalletOwner.Require(request.TeamId, request.UserId, request.ApplicationId);
        var zone = AllocationSchedule.Zone(request.TimeZone);
        var monthly = request.Recurrence == Recurrence.Monthly;
        var (startsAt, endsAt) = (Rules.ReadMoment("starts_at", request.StartsAt), Rules.ReadMoment("ends_at", request.EndsAt));
        Rules.Require(Problem(request, endsAt));
        var answer = await funds.RunAsync(
            "PlanAllocation", null, request.IdempotencyKey, request, Allocation.Parser,
            async (transaction, now) =>
            {
                await RequireNewKeyAsync(transaction, request.IdempotencyKey, cancellationToken);
                var (movement, made) = await open.LockForAllocationAsync(transaction, owner, now, cancellationToken);
                var giver = movement.Find(owner.ParentId)!;
                FundsMovement.RequireCurrency(request.Currency, giver);
                Rules.Require(startsAt is null || startsAt > now ? null : "starts_at must lie in the future; leave it out to begin at once.");
                Rules.Require(endsAt is null || endsAt > (startsAt ?? now) ? null : "ends_at must lie after starts_at.");
                var row = new AllocationRow(
                    Guid.CreateVersion7(now), owner.WalletId, request.AmountNanos, monthly ? Recurrence.Monthly : Recurrence.Once, zone.Id,
                    startsAt ?? now, endsAt, request.AtEnd, AllocationState.Planned, startsAt ?? now, null, 0, request.Description, actor, now)
                {
                    IdempotencyKey = request.IdempotencyKey,
                };
                await AllocationStore.InsertAsync(transaction, row, cancellationToken);
                if (made is not null)
                {
                    await OpenWallet.AuditAsync(transaction, made, actor, movement.Now, cancellationToken);
                }

                return row.ToContract(giver.Currency);
            },
            cancellationToken);
        signal.Wake();
        return answer;
    }

    /// <summary>A plan stands when the answer to it is long forgotten, and its key plans no other.</summary>
    /// <exception cref="RpcException">ABORTED (IDEMPOTENCY_CONFLICT), with what the key has planned.</exception>
    private static async Task RequireNewKeyAsync(NpgsqlTransaction transaction, string key, CancellationToken cancellationToken)
    {
        if (await AllocationStore.FindByKeyAsync(transaction, key, cancellationToken) is { } earlier)
        {
            throw RpcErrors.Create(
                StatusCode.Aborted, Reasons.IdempotencyConflict,
                $"Idempotency key '{key}' planned allocation '{earlier.AllocationId}' of {new Money(earlier.Amount)} at {earlier.CreatedAt:yyyy-MM-dd'T'HH:mm:ss'Z'}; "
                + "its answer is no longer kept. Nothing was planned again; use a new key to plan more.");
        }
    }

    private static string? Problem(PlanAllocationRequest request, DateTimeOffset? endsAt)
    {
        if (!Enum.IsDefined(request.Recurrence) || !Enum.IsDefined(request.AtEnd))
        {
            return "recurrence must be once or monthly, at_end return or roll_over.";
        }

        var hasEnd = endsAt is not null || request.Recurrence == Recurrence.Monthly;
        return request.Recurrence == Recurrence.Monthly && endsAt is not null ? "A monthly allocation takes no ends_at: each period ends with its month. Cancel it to stop it."
            : hasEnd && request.AtEnd == PeriodEnd.Unspecified ? "at_end is required where a period ends: return (unspent goes back) or roll_over (it stays)."
            : !hasEnd && request.AtEnd != PeriodEnd.Unspecified ? "at_end needs ends_at or a monthly recurrence."
            : null;
    }
}
