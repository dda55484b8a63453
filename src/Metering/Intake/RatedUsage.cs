using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Rating;

namespace Platform.Metering.Intake;

/// <summary>A checked event with its ids and its cost, ready to be stored.</summary>
/// <param name="PriceId">The version that it was rated at; null while unpriced.</param>
/// <param name="Cost">Null while unpriced.</param>
/// <param name="LeaseId">The lease that the attempt was drawn from; null for a direct hold. A correction has its record's.</param>
/// <param name="BoundNanos">What was set aside for the attempt in that lease.</param>
internal sealed record RatedUsage(
    UsageEvent Event, Guid RecordId, Guid AttemptId, Guid CallId, Guid? CorrectsRecordId, DateTimeOffset OccurredAt, TokenCounts Tokens, long? PriceId,
    Rating.Cost? Cost, Guid? LeaseId, long BoundNanos)
{
    /// <summary>Rates a checked event.</summary>
    /// <param name="currency">The organisation's; a price in another one is none.</param>
    /// <returns>Null when the cost is out of range.</returns>
    public static RatedUsage? Rate(UsageEvent usage, PriceSnapshot prices, string currency)
    {
        var attemptId = usage.AttemptId.Length == 0 ? DerivedId.OfAttempt(usage.Source, usage.EventId) : Guid.Parse(usage.AttemptId);
        var occurredAt = usage.OccurredAt.ToDateTimeOffset().TruncateToMicroseconds();
        var sent = usage.Tokens ?? new Tokens();
        var tokens = new TokenCounts(sent.Input, sent.CachedInput, sent.CacheWrite, sent.Output, sent.Reasoning);
        var price = prices.Find(usage.PriceId, usage.Provider, usage.ModelServed, occurredAt)?.Price;
        Rating.Cost? cost = null;
        if (price is not null && price.Currency == currency)
        {
            try
            {
                // A correction changes a request that was charged before; it is not another one.
                cost = Rater.Rate(price, tokens, requests: usage.CorrectsRecordId.Length == 0 ? 1 : 0);
            }
            catch (OverflowException)
            {
                return null;
            }
        }

        return cost is { TotalNanos: > EventCheck.MaxCostNanos or < -EventCheck.MaxCostNanos }
            ? null
            : new RatedUsage(
                usage,
                DerivedId.OfRecord(usage.Source, usage.EventId),
                attemptId,
                usage.CallId.Length == 0 ? attemptId : Guid.Parse(usage.CallId),
                usage.CorrectsRecordId.Length == 0 ? null : Guid.Parse(usage.CorrectsRecordId),
                occurredAt,
                tokens,
                cost is null ? null : price!.PriceId,
                cost,
                usage.LeaseId.Length == 0 ? null : Guid.Parse(usage.LeaseId),
                usage.BoundNanos);
    }
}
