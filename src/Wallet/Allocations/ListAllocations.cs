using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>Allocations with their periods, and what is left of each as of now.</summary>
internal sealed class ListAllocations(AllocationStore store, LedgerStore ledger)
{
    public async Task<ListAllocationsResponse> RunAsync(ListAllocationsRequest request, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("wallet_id", request.WalletId);
        if (request.WalletId.Length > 0 && (await ledger.ReadAsync([request.WalletId], cancellationToken)).Count == 0)
        {
            throw RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{request.WalletId}'. List the wallets to see what there is.");
        }

        var (allocations, periods) = await store.ListAsync(request.WalletId, request.All, cancellationToken);
        var ids = allocations.Select(row => row.WalletId).Distinct().ToList();
        var wallets = (await ledger.ReadAsync(ids, cancellationToken)).ToDictionary(wallet => wallet.WalletId);
        var remaining = (await store.ReadOpenPeriodsAsync(ids, cancellationToken))
            .SelectMany(ofWallet => ofWallet.Value.RemainingNow(wallets[ofWallet.Key].Unspent))
            .ToDictionary(now => now.Period.PeriodId, now => now.Remaining);
        var response = new ListAllocationsResponse();
        foreach (var row in allocations)
        {
            var allocation = row.ToContract(wallets[row.WalletId].Currency);
            allocation.Periods.AddRange(periods[row.AllocationId].OrderByDescending(period => period.StartsAt).Select(period => new AllocationPeriod
            {
                StartsAt = period.StartsAt.ToTimestampUtc(),
                EndsAt = period.EndsAt.ToTimestampUtc(),
                AmountNanos = period.Amount,
                RemainingNanos = remaining.GetValueOrDefault(period.PeriodId),
                ReturnedNanos = period.Returned,
                Ending = period.State == PeriodState.Ending,
                Ended = period.State == PeriodState.Ended,
            }));
            response.Allocations.Add(allocation);
        }

        return response;
    }
}
