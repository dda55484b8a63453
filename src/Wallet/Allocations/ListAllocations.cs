using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>Allocations with their periods, and what is left of each as of now, a page at a time. New ones come before the first page and never shift a later one.</summary>
internal sealed class ListAllocations(AllocationStore store, LedgerStore ledger)
{
    private const int PageSize = 1_000;

    public async Task<ListAllocationsResponse> RunAsync(ListAllocationsRequest request, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("wallet_id", request.WalletId);
        if (request.WalletId.Length > 0 && (await ledger.ReadAsync([request.WalletId], cancellationToken)).Count == 0)
        {
            throw RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{request.WalletId}'. List the wallets to see what there is.");
        }

        var (found, periods) = await store.ListAsync(request.WalletId, request.All, ReadPageToken(request.PageToken), PageSize + 1, cancellationToken);
        var allocations = found.Take(PageSize).ToList();
        var ids = allocations.Select(row => row.WalletId).Distinct().ToList();
        var wallets = (await ledger.ReadAsync(ids, cancellationToken)).ToDictionary(wallet => wallet.WalletId);
        var remaining = (await store.ReadOpenPeriodsAsync(ids, cancellationToken))
            .SelectMany(ofWallet => ofWallet.Value.RemainingNow(wallets[ofWallet.Key].Unspent))
            .ToDictionary(now => now.Period.PeriodId, now => now.Remaining);
        var response = new ListAllocationsResponse { NextPageToken = found.Count > PageSize ? allocations[^1].AllocationId.ToString() : "" };
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

    /// <summary>The last allocation of the page before: none is ever removed.</summary>
    private static Guid? ReadPageToken(string token)
    {
        if (token.Length == 0)
        {
            return null;
        }

        Rules.Require(Guid.TryParse(token, out var after) ? null : "page_token is not one that this call gave out.", Reasons.PageTokenInvalid);
        return after;
    }
}
