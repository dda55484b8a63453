using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Export.Tests;

/// <summary>Records as Metering rates, corrects and adjusts them at one price, for FOCUS files.</summary>
internal static class FocusRecords
{
    public static readonly PriceRow Price = new()
    {
        PriceId = 7, Provider = "openai", Model = "gpt-4o-mini", Currency = "USD", InputPerMillion = 150_000_003, CachedInputPerMillion = 75_000_001,
        CacheWritePerMillion = 187_500_007, OutputPerMillion = 600_000_001, ReasoningPerMillion = 700_000_009, PerRequest = 1_001, DiscountPpm = 123_457,
        ContextTiers =
        {
            new PriceContextTier
            {
                AboveInputTokens = 200_000, InputPerMillion = 300_000_007, CachedInputPerMillion = 150_000_001, CacheWritePerMillion = 300_000_001, CacheWrite1HPerMillion = 400_000_003,
                OutputPerMillion = 900_000_001, ReasoningPerMillion = 900_000_011,
            },
        },
    };

    /// <summary>Money without tokens, as Metering records it.</summary>
    public static UsageRecord Adjusted(int number, long nanos)
    {
        var record = Records.Of(number);
        (record.Event.Tokens, record.Event.ModelAsked, record.Event.ModelServed, record.Event.PriceId, record.Event.Funding) = (new Tokens(), "", "", 0, Funding.External);
        record.Event.AdjustmentNanos = nanos;
        record.Event.Tags.Clear();
        record.Event.Tags.Add(new Dictionary<string, string> { ["reference"] = "INV-7", ["reason"] = "outage" });
        record.Cost = new Contracts.Metering.V1.Cost { AdjustmentNanos = nanos, TotalNanos = nanos };
        return record;
    }

    /// <summary>A record as Metering rates it at <see cref="Price"/>, by figures written down here once more.</summary>
    public static UsageRecord Rated(int number, TokenCounts tokens)
    {
        var record = Records.Of(number);
        record.Event.Tokens = new Tokens
        {
            Input = tokens.Input, CachedInput = tokens.CachedInput, CacheWrite = tokens.CacheWrite, Output = tokens.Output, Reasoning = tokens.Reasoning, CacheWrite1H = tokens.CacheWriteHour,
        };
        var tier = tokens.TotalInput > 200_000 ? Price.ContextTiers[0] : null;
        record.Cost = new Contracts.Metering.V1.Cost
        {
            InputNanos = Nanos(tokens.Input, tier?.InputPerMillion ?? Price.InputPerMillion),
            CachedInputNanos = Nanos(tokens.CachedInput, tier?.CachedInputPerMillion ?? Price.CachedInputPerMillion),
            CacheWriteNanos = Nanos(tokens.CacheWrite, tier?.CacheWritePerMillion ?? Price.CacheWritePerMillion),
            CacheWrite1HNanos = Nanos(tokens.CacheWriteHour, tier?.CacheWrite1HPerMillion ?? Price.CacheWritePerMillion),
            OutputNanos = Nanos(tokens.Output, tier?.OutputPerMillion ?? Price.OutputPerMillion),
            ReasoningNanos = Nanos(tokens.Reasoning, tier?.ReasoningPerMillion ?? Price.ReasoningPerMillion),
            RequestNanos = Nanos(1_000_000, Price.PerRequest),
        };
        var cost = record.Cost;
        cost.TotalNanos = cost.InputNanos + cost.CachedInputNanos + cost.CacheWriteNanos + cost.CacheWrite1HNanos + cost.OutputNanos + cost.ReasoningNanos + cost.RequestNanos;
        return record;
    }

    /// <summary>What takes all of a record back, as Metering writes it: of the record's price, without its context.</summary>
    public static UsageRecord TakenBack(int number, UsageRecord record)
    {
        var (tokens, cost) = (record.Event.Tokens, record.Cost);
        var back = Correction(number, record);
        back.Event.Requests = -1;
        back.Event.Tokens = new Tokens
        {
            Input = -tokens.Input, CachedInput = -tokens.CachedInput, CacheWrite = -tokens.CacheWrite, Output = -tokens.Output, Reasoning = -tokens.Reasoning, CacheWrite1H = -tokens.CacheWrite1H,
        };
        back.Cost = new Contracts.Metering.V1.Cost
        {
            InputNanos = -cost.InputNanos, CachedInputNanos = -cost.CachedInputNanos, CacheWriteNanos = -cost.CacheWriteNanos, CacheWrite1HNanos = -cost.CacheWrite1HNanos,
            OutputNanos = -cost.OutputNanos, ReasoningNanos = -cost.ReasoningNanos, RequestNanos = -cost.RequestNanos, TotalNanos = -cost.TotalNanos,
        };
        return back;
    }

    /// <summary>What a price that came late writes: no tokens, and the difference of the cost.</summary>
    public static UsageRecord Repriced(int number, UsageRecord record, long nanos)
    {
        var repriced = Correction(number, record);
        repriced.Event.Tokens = new Tokens();
        repriced.Cost = new Contracts.Metering.V1.Cost { InputNanos = nanos, TotalNanos = nanos };
        return repriced;
    }

    private static UsageRecord Correction(int number, UsageRecord record)
    {
        var correction = record.Clone();
        (correction.RecordId, correction.Event.CorrectsRecordId) = (Records.Of(number).RecordId, record.RecordId);
        return correction;
    }

    private static long Nanos(long tokens, long perMillion) =>
        (long)decimal.Round((decimal)tokens * perMillion / 1_000_000m * (1_000_000 - Price.DiscountPpm) / 1_000_000m, MidpointRounding.ToEven);
}
