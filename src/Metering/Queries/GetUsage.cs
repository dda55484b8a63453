using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>All that is known of one record: its price version, what corrects it, and the other attempts of its call.</summary>
internal sealed class GetUsage(UsageQueryStore store, Prices.PriceBook book)
{
    /// <exception cref="RpcException">INVALID_ARGUMENT; NOT_FOUND (USAGE_NOT_FOUND).</exception>
    public async Task<UsageDetail> RunAsync(GetUsageRequest request, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(request.Id, "D", out var id))
        {
            throw RpcErrors.InvalidArgument("id must be a UUID: of a record, an attempt or a call.");
        }

        var record = await store.FindAsync(id, cancellationToken)
            ?? throw RpcErrors.Create(StatusCode.NotFound, Reasons.UsageNotFound, $"No record, attempt or call has the id {id}. What was just sent may not be metered yet.");
        var corrections = await store.ReadCorrectionsAsync(Guid.Parse(record.RecordId), cancellationToken);
        var attempts = record.Event.CorrectsRecordId.Length == 0 && record.Event.CallId != record.Event.AttemptId
            ? await store.ReadAttemptsAsync(Guid.Parse(record.Event.CallId), cancellationToken)
            : [record];
        var prices = await book.GetCurrentAsync(cancellationToken);
        return new UsageDetail
        {
            Record = record,
            Price = prices.ById(record.Event.PriceId)?.ToRow(),
            Corrections = { corrections },
            NetCost = Sum([record, .. corrections]),
            Attempts = { attempts },
        };
    }

    private static Cost? Sum(IEnumerable<UsageRecord> records)
    {
        var costs = records.Select(record => record.Cost).OfType<Cost>().ToList();
        return costs.Count == 0
            ? null
            : new Cost
            {
                InputNanos = costs.Sum(cost => cost.InputNanos),
                CachedInputNanos = costs.Sum(cost => cost.CachedInputNanos),
                CacheWriteNanos = costs.Sum(cost => cost.CacheWriteNanos),
                CacheWrite1HNanos = costs.Sum(cost => cost.CacheWrite1HNanos),
                OutputNanos = costs.Sum(cost => cost.OutputNanos),
                ReasoningNanos = costs.Sum(cost => cost.ReasoningNanos),
                RequestNanos = costs.Sum(cost => cost.RequestNanos),
                TotalNanos = costs.Sum(cost => cost.TotalNanos),
            };
    }
}
