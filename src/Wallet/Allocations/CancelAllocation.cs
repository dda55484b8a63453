using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>Nothing of a planned allocation takes effect any more. Periods that run end as planned.</summary>
internal sealed class CancelAllocation(LedgerDatabase database, TimeProvider time)
{
    /// <param name="actor">The key that cancels it; who did so first is kept.</param>
    public Task<Allocation> RunAsync(CancelAllocationRequest request, string actor, CancellationToken cancellationToken)
    {
        Rules.Require(Guid.TryParse(request.AllocationId, out var allocationId) ? null : "allocation_id must be a UUID: the list of allocations names it.");
        return database.InTransactionAsync(
            async transaction =>
            {
                async Task<AllocationRow> ReadAsync() => await AllocationStore.ReadAsync(transaction, allocationId, cancellationToken)
                    ?? throw RpcErrors.NotFound(Reasons.AllocationNotFound, $"There is no allocation '{allocationId}'. List the allocations to see what there is.");

                // Read again behind the wallet's lock, where the scheduler cannot be about to make it.
                var wallet = (await LedgerStore.LockAsync(transaction, [(await ReadAsync()).WalletId], cancellationToken)).Single();
                var allocation = await ReadAsync();
                if (allocation.State == AllocationState.Done)
                {
                    throw RpcErrors.Create(
                        StatusCode.FailedPrecondition, Reasons.AllocationDone,
                        $"All of allocation '{allocationId}' has taken effect. Reclaim the money, or correct the transfer that brought it.");
                }

                if (allocation.State == AllocationState.Cancelled)
                {
                    return (allocation.ToContract(wallet.Currency), true);
                }

                var cancelled = allocation with
                {
                    State = AllocationState.Cancelled, DueAt = null, WaitingSince = null, Missing = 0, CancelledBy = actor, CancelledAt = time.GetUtcNow().TruncateToMicroseconds(),
                };
                await AllocationStore.UpdateAsync(transaction, cancelled, cancellationToken);
                return (cancelled.ToContract(wallet.Currency), true);
            },
            cancellationToken);
    }
}
