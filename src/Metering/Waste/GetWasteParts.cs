using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Metering.Retention;
using Platform.Metering.Teams;
using PriceBook = Platform.Metering.Prices.PriceBook;

namespace Platform.Metering.Waste;

/// <summary>Waste taken apart so that parts add up, for whoever explains a change of spend.</summary>
internal sealed class GetWasteParts(
    WastePartStore store, WasteStore waste, DroppedMonths dropped, PriceBook book, TeamDirectory organisation, TimeProvider time)
{
    private const int MostUsedDays = 400;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; FAILED_PRECONDITION (USAGE_NOT_KEPT): where retention has dropped records of the range.</exception>
    public async Task<GetWastePartsResponse> RunAsync(GetWastePartsRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var range = WasteRange.Read(request.From, request.To, SpendCondition.Read(request.Filters), now);
        var response = new GetWastePartsResponse();
        Add(WasteKind.Failed, await store.ReadFailedAsync(range, cancellationToken));
        var duplicates = await store.ReadDuplicatesAsync(range, cancellationToken);
        Add(WasteKind.Duplicate, duplicates.GroupBy(calls => calls.All.Cell).Select(cell => Sum(cell.Key, cell.Select(calls => calls.All))));
        Add(WasteKind.Abandoned, await store.ReadAbandonedAsync(range, cancellationToken));
        var sizing = new RightSizing(
            await waste.ReadUsedAsync(UsedRange(request, range), cancellationToken), await book.GetCurrentAsync(cancellationToken),
            await organisation.GetCurrencyAsync(cancellationToken), now);

        // A call that need not have been made is not to be made on a cheaper model either.
        var unneeded = duplicates.ToLookup(calls => (calls.Small.Cell, calls.Small.Tier), calls => calls.Small);
        Add(WasteKind.RightSizing, (await store.ReadSmallAsync(range, cancellationToken))
            .Select(small => new WasteAmount(small.Cell, 0, 0, 0, sizing.Saving(small.Without(unneeded[(small.Cell, small.Tier)]))?.Nanos ?? 0))
            .GroupBy(amount => amount.Cell).Select(cell => Sum(cell.Key, cell)));

        // After all that is read: what is dropped meanwhile was noted before.
        await dropped.CheckAsync(range.Window, Moments.Earliest, cancellationToken);
        return response;

        void Add(WasteKind kind, IEnumerable<WasteAmount> amounts) => response.Parts.AddRange(amounts
            .Where(amount => amount.CostNanos != 0 || amount.Calls != 0)
            .OrderBy(amount => amount.Cell.TeamId, StringComparer.Ordinal).ThenByDescending(amount => amount.CostNanos)
            .Select(amount => new WastePart
            {
                Kind = kind, TeamId = amount.Cell.TeamId, Workload = amount.Cell.Workload, Lane = amount.Cell.Lane, Provider = amount.Cell.Provider, Model = amount.Cell.Model,
                Calls = amount.Calls, InputTokens = amount.InputTokens, OutputTokens = amount.OutputTokens, CostNanos = amount.CostNanos,
            }));
    }

    private static WasteAmount Sum(WasteCell cell, IEnumerable<WasteAmount> amounts) => amounts.Aggregate(new WasteAmount(cell, 0, 0, 0, 0), (sum, amount) => sum with
    {
        Calls = sum.Calls + amount.Calls, InputTokens = sum.InputTokens + amount.InputTokens, OutputTokens = sum.OutputTokens + amount.OutputTokens,
        CostNanos = sum.CostNanos + amount.CostNanos,
    });

    private static WasteRange UsedRange(GetWastePartsRequest request, WasteRange range)
    {
        var (from, to) = (Moments.Read("used_from", request.UsedFrom) ?? range.From, Moments.Read("used_to", request.UsedTo) ?? range.To);
        return from < to && to - from <= TimeSpan.FromDays(MostUsedDays)
            ? new WasteRange(from, to, [])
            : throw RpcErrors.InvalidArgument($"used_from and used_to must name 1 to {MostUsedDays} days.");
    }
}
