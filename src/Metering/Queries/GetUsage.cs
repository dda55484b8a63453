using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>All that is known of one record: its price version, what corrects it, and the other attempts of its call.</summary>
internal sealed class GetUsage(UsageQueryStore store, CorrectionStore correctionStore, Prices.PriceBook book)
{
    /// <exception cref="RpcException">INVALID_ARGUMENT; NOT_FOUND (USAGE_NOT_FOUND); FAILED_PRECONDITION (USAGE_NOT_KEPT).</exception>
    public async Task<UsageDetail> RunAsync(GetUsageRequest request, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(request.Id, "D", out var id))
        {
            throw RpcErrors.InvalidArgument("id must be a UUID, as the list of usage has them: of a record, an attempt or a call.");
        }

        var record = await store.FindAsync(id, cancellationToken) ?? throw await MissingAsync(id, cancellationToken);
        var corrections = await correctionStore.ReadAsync(Guid.Parse(record.RecordId), cancellationToken);
        var attempts = record.Event.CorrectsRecordId.Length == 0 && record.Event.CallId != record.Event.AttemptId
            ? await store.ReadAttemptsAsync(Guid.Parse(record.Event.CallId), cancellationToken)
            : [record];
        var prices = await book.GetCurrentAsync(cancellationToken);
        return new UsageDetail
        {
            Record = record,
            Price = prices.ById(record.Event.PriceId)?.ToRow(),
            Corrections = { corrections.First },
            CorrectionCount = corrections.Count,
            NetCost = Sum(record.Cost, corrections.Cost),
            NetTokens = Sum(record.Event.Tokens, corrections.Tokens),
            NetRequests = UsageCalls.Of(record.Event) + corrections.Requests,
            Attempts = { attempts },
        };
    }

    // Who was recorded is known for ever, while records go by month.
    private async Task<RpcException> MissingAsync(Guid id, CancellationToken cancellationToken) => await store.FindMomentAsync(id, cancellationToken) is { } occurredAt
        ? RpcErrors.Create(
            StatusCode.FailedPrecondition, Reasons.UsageNotKept,
            $"The record of {id} occurred at {occurredAt:O} and is no longer kept (Retention__RecordMonths). Exports that were written then have it; kt spend and kt periods list "
            + "the sums that it is in.")
        : RpcErrors.Create(StatusCode.NotFound, Reasons.UsageNotFound, $"No record, attempt or call has the id {id}. What was just sent may not be metered yet; a call is not known by its id any more once its records are not kept.");

    private static Cost? Sum(Cost? own, Cost? corrected) => (own, corrected) switch
    {
        (null, var one) => one,
        (var one, null) => one,
        _ => new Cost
        {
            InputNanos = own.InputNanos + corrected.InputNanos,
            CachedInputNanos = own.CachedInputNanos + corrected.CachedInputNanos,
            CacheWriteNanos = own.CacheWriteNanos + corrected.CacheWriteNanos,
            CacheWrite1HNanos = own.CacheWrite1HNanos + corrected.CacheWrite1HNanos,
            OutputNanos = own.OutputNanos + corrected.OutputNanos,
            ReasoningNanos = own.ReasoningNanos + corrected.ReasoningNanos,
            RequestNanos = own.RequestNanos + corrected.RequestNanos,
            AdjustmentNanos = own.AdjustmentNanos + corrected.AdjustmentNanos,
            TotalNanos = own.TotalNanos + corrected.TotalNanos,
        },
    };

    private static Tokens Sum(Tokens own, Tokens corrected) => new()
    {
        Input = own.Input + corrected.Input,
        CachedInput = own.CachedInput + corrected.CachedInput,
        CacheWrite = own.CacheWrite + corrected.CacheWrite,
        CacheWrite1H = own.CacheWrite1H + corrected.CacheWrite1H,
        Output = own.Output + corrected.Output,
        Reasoning = own.Reasoning + corrected.Reasoning,
    };
}
