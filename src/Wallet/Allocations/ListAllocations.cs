using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>Allocations with their periods, and what is left of each as of now, a page at a time. New ones come before the first page and never shift a later one.</summary>
internal sealed class ListAllocations(AllocationStore store, LedgerStore ledger)
{
    public async Task<ListAllocationsResponse> RunAsync(ListAllocationsRequest request, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("wallet_id or team_id", request.WalletId, request.TeamId);
        var page = PageRequest.Of(request.PageSize == 0 ? PageRequest.LargestSize : request.PageSize, request.PageToken);
        if (page.AfterId is { } after && !await store.ExistsAsync(after, cancellationToken))
        {
            throw PageRequest.InvalidToken();
        }

        if (request.WalletId.Length > 0)
        {
            await ledger.RequireAsync(request.WalletId, cancellationToken);
        }

        if (request.TeamId.Length > 0)
        {
            var team = await ledger.ReadAsync([WalletAccounts.IdOf(request.TeamId)], cancellationToken);
            new WalletOwner(request.TeamId, "", "").RequireTeam(team.SingleOrDefault());
        }

        var (found, periods) = await store.ListAsync(request.WalletId, request.TeamId, request.All, page.AfterId, page.Limit, cancellationToken);
        var (allocations, next) = page.Cut(found, row => row.AllocationId.ToString());
        var ids = allocations.Select(row => row.WalletId).Distinct().ToList();
        var wallets = (await ledger.ReadAsync(ids, cancellationToken)).ToDictionary(wallet => wallet.WalletId);
        var remaining = (await store.ReadOpenPeriodsAsync(ids, cancellationToken))
            .SelectMany(ofWallet => ofWallet.Value.RemainingNow(wallets[ofWallet.Key].Unspent))
            .ToDictionary(now => now.Period.PeriodId, now => now.Remaining);
        var response = new ListAllocationsResponse { NextPageToken = next };
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
