using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Metering.Prices;

/// <summary>A price with the half-open period that it is in force.</summary>
internal sealed record PriceVersion(Price Price, DateTimeOffset EffectiveFrom, DateTimeOffset? EffectiveTo, string Source)
{
    public bool IsInForceAt(DateTimeOffset moment) => EffectiveFrom <= moment && (EffectiveTo is null || moment < EffectiveTo);

    public PriceRow ToRow() => new()
    {
        PriceId = Price.PriceId,
        Provider = Price.Provider,
        Model = Price.Model,
        Currency = Price.Currency,
        InputPerMillion = Price.InputPerMillion,
        CachedInputPerMillion = Price.CachedInputPerMillion,
        CacheWritePerMillion = Price.CacheWritePerMillion,
        OutputPerMillion = Price.OutputPerMillion,
        ReasoningPerMillion = Price.ReasoningPerMillion,
        PerRequest = Price.PerRequest,
        EffectiveFrom = EffectiveFrom.ToTimestampUtc(),
        EffectiveTo = EffectiveTo.ToTimestampUtc(),
        Source = Source,
    };
}
