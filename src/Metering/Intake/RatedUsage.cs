using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Rating;

namespace Platform.Metering.Intake;

/// <summary>A checked event with its ids and its cost, ready to be stored.</summary>
/// <param name="PriceId">The version that it was rated at; null while unpriced, and of money without tokens.</param>
/// <param name="Cost">Null while unpriced.</param>
/// <param name="OwedPriceId">
/// A price that came too late for it and claims its time all the same, or, where no price is in force at its time, the first that its model has: it is corrected to that one. Null for nearly all.
/// </param>
internal sealed record RatedUsage(
    UsageEvent Event, Guid RecordId, Guid AttemptId, Guid CallId, Guid? CorrectsRecordId, DateTimeOffset OccurredAt, TokenCounts Tokens, long? PriceId,
    Rating.Cost? Cost, long? OwedPriceId = null)
{
    /// <summary>Its price is that of this moment: when it occurred, or the record that it corrects did, so that what is taken back never has another price than what it is taken from.</summary>
    public DateTimeOffset PricedAt { get; init; } = OccurredAt;

    /// <summary>True for a correction of what was charged before: it is charged after that. False for one that brings its record's first price.</summary>
    public bool AwaitsRecord { get; init; } = CorrectsRecordId is not null;

    /// <summary>Of a correction that brings its record's first price, the calls that the record counts; else 0.</summary>
    public long PricedCalls { get; init; }

    /// <summary>The lease that the attempt was drawn from; null for a direct hold.</summary>
    public Guid? LeaseId { get; } = Event.LeaseId.Length == 0 ? null : Guid.Parse(Event.LeaseId);

    /// <summary>What was set aside for the attempt in that lease.</summary>
    public long BoundNanos { get; } = Event.BoundNanos;

    /// <summary>The rule that gave it its workload; empty where its teller named it, or nobody did.</summary>
    public string WorkloadRule { get; init; } = "";

    /// <summary>When it is booked, where its own month was closed before it was recorded; null: when it occurred.</summary>
    public DateTimeOffset? BookedAt { get; init; }

    /// <summary>The attempt that this one repeats.</summary>
    public Guid? RetryOf => Event.RetryOf.Length == 0 ? null : Guid.Parse(Event.RetryOf);

    public Guid? ImportId => Event.ImportId.Length == 0 ? null : Guid.Parse(Event.ImportId);

    /// <summary>True when the attempt came after another one of its call, or repeats an attempt of another call.</summary>
    public bool IsRetry => Event.AttemptNumber > 1 || Event.Fallback || Event.RetryOf.Length > 0;

    /// <summary>How many calls it adds: those that it stands for; of a correction none, unless it takes an import back.</summary>
    public long Calls => UsageCalls.Of(Event);

    /// <summary>Rates a checked event.</summary>
    /// <param name="currency">The organisation's; a price in another one is none.</param>
    /// <param name="contextTokens">What the context tier of the record was chosen by that this one corrects; null for none.</param>
    /// <param name="correctedAt">When the record occurred that this one corrects; null for none.</param>
    /// <returns>Null when the cost is out of range.</returns>
    public static RatedUsage? Rate(UsageEvent usage, PriceSnapshot prices, string currency, long? contextTokens = null, DateTimeOffset? correctedAt = null)
    {
        var attemptId = usage.AttemptId.Length == 0 ? DerivedId.OfAttempt(usage.Source, usage.EventId) : Guid.Parse(usage.AttemptId);
        var occurredAt = usage.OccurredAt.ToDateTimeOffset().TruncateToMicroseconds();
        var pricedAt = correctedAt ?? occurredAt;
        var tokens = TokensOf(usage);
        var adjustment = usage.HasAdjustmentNanos ? new Rating.Cost(0, 0, 0, 0, 0, 0, AdjustmentNanos: usage.AdjustmentNanos) : (Rating.Cost?)null;
        var version = adjustment is not null ? null : prices.Find(usage.PriceId, SubjectOf(usage), pricedAt);
        var price = version?.Price;
        var isPriced = price is not null && price.Currency == currency;

        // A correction changes a request that was charged before; it is not another one.
        var cost = isPriced ? CostOf(price!, tokens, UsageCalls.BilledOf(usage), contextTokens ?? (usage.HasContextTokens ? usage.ContextTokens : null)) : null;
        return isPriced && cost is null
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
                cost ?? adjustment,
                adjustment is not null ? null : Owed(usage, prices, version, pricedAt, currency))
            {
                PricedAt = pricedAt,
            };
    }

    /// <summary>Null when the cost is out of range (<see cref="EventCheck.MaxCostNanos"/>): then price or tokens are a slip.</summary>
    /// <param name="billedCalls">Those that a fee is due for (<see cref="UsageCalls.BilledOf(UsageEvent)"/>).</param>
    public static Rating.Cost? CostOf(Price price, TokenCounts tokens, long billedCalls, long? contextTokens)
    {
        try
        {
            var cost = Rater.Rate(price, tokens, billedCalls, contextTokens);
            return cost.TotalNanos is > EventCheck.MaxCostNanos or < -EventCheck.MaxCostNanos ? null : cost;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    public static PriceSubject SubjectOf(UsageEvent usage) =>
        new(usage.Provider, usage.ModelServed, PriceVersion.TierOf(usage.ServiceTier), usage.Region);

    public static TokenCounts TokensOf(UsageEvent usage)
    {
        var sent = usage.Tokens ?? new Tokens();
        return new TokenCounts(sent.Input, sent.CachedInput, sent.CacheWrite, sent.Output, sent.Reasoning, sent.CacheWrite1H);
    }

    // An attempt is rated at its intent's version even when that has ended since. Only a price that was set for the past takes it over, by a correction. What has no price in force is rated by the first one,
    // as what had been told before that came (decision 0013): a total does not depend on which came first.
    private static long? Owed(UsageEvent usage, PriceSnapshot prices, PriceVersion? rated, DateTimeOffset pricedAt, string currency) =>
        usage.PriceId == 0
            ? rated is null && prices.FirstFor(SubjectOf(usage)) is { } first && first.Price.Currency == currency ? first.Price.PriceId : null
            : rated is null ? null
            : TakenOver(SubjectOf(usage), prices, rated, pricedAt)
                ?? (prices.KeptBy(rated.Price.PriceId, SubjectOf(usage), pricedAt) is { } kept ? TakenOver(kept, prices, rated, pricedAt) : null);

    private static long? TakenOver(PriceSubject subject, PriceSnapshot prices, PriceVersion rated, DateTimeOffset pricedAt) =>
        prices.Find(0, subject, pricedAt) is { } claiming
        && claiming.Price.PriceId != rated.Price.PriceId
        && claiming.CameTooLateFor(pricedAt)
        && prices.MayTakeOver(claiming, rated.Price.PriceId, subject, pricedAt)
            ? claiming.Price.PriceId
            : null;
}
