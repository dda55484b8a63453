using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Export.Files.Focus;

/// <param name="Name">As FOCUS's SkuMeter.</param>
/// <param name="Code">In SkuPriceId, which names one unit price.</param>
/// <param name="Unit">Of what is consumed.</param>
/// <param name="PricedBy">How many of them, as a power of ten, the list price is for.</param>
internal sealed record FocusMeter(string Name, string Code, string Unit, int PricedBy)
{
    public string PricingUnit => PricedBy == 0 ? Unit : $"1000000 {Unit}";
}

/// <summary>What a kind's unit costs: in nano-units a pricing unit.</summary>
/// <param name="PayablePpm">What the negotiated discount leaves, in millionths.</param>
/// <param name="AboveInputTokens">The context tier; 0 for the price's own rates.</param>
internal readonly record struct FocusRate(long ListNanos, long PayablePpm, long AboveInputTokens);

/// <summary>One row of a FOCUS file: what one kind of tokens, or the requests, of one record cost.</summary>
/// <param name="Quantity">Tokens or requests; negative where a correction takes back.</param>
/// <param name="CostNanos">The ledger's figure.</param>
/// <param name="Rate">Null where the price that the record names does not give its cost: then no unit price is told.</param>
internal readonly record struct FocusCharge(ExportRow Row, FocusMeter Meter, long Quantity, long CostNanos, FocusRate? Rate)
{
    public bool IsCorrection => Row.Record.Event.CorrectsRecordId.Length > 0;
}

/// <summary>A record's rows. Pure (docs/decisions/0140).</summary>
internal static class FocusCharges
{
    private static readonly FocusMeter Input = Tokens("Input Tokens", "input");
    private static readonly FocusMeter CachedInput = Tokens("Cached Input Tokens", "cached_input");
    private static readonly FocusMeter CacheWrite = Tokens("Cache Write Tokens", "cache_write");
    private static readonly FocusMeter CacheWriteHour = Tokens("Cache Write 1h Tokens", "cache_write_1h");
    private static readonly FocusMeter Output = Tokens("Output Tokens", "output");
    private static readonly FocusMeter Reasoning = Tokens("Reasoning Tokens", "reasoning");
    private static readonly FocusMeter Requests = new("Requests", "request", "Requests", PricedBy: 0);

    /// <summary>
    /// A row for each kind that has tokens or a cost, and one for the requests of a record that stands for some, so that they can be counted. Costs add up to the
    /// record's. None for a record without a price: its cost is not known, and 0 would say that it is.
    /// </summary>
    /// <param name="price">The version that the record names; null where there is none.</param>
    public static IEnumerable<FocusCharge> Of(ExportRow row, Price? price)
    {
        if (row.Record.Cost is not { } cost)
        {
            return [];
        }

        var (usage, sent) = (row.Record.Event, row.Record.Event.Tokens ?? new Tokens());
        var (tokens, calls) = (new TokenCounts(sent.Input, sent.CachedInput, sent.CacheWrite, sent.Output, sent.Reasoning, sent.CacheWrite1H), UsageCalls.Of(usage));
        var context = usage.HasContextTokens ? usage.ContextTokens : tokens.TotalInput;
        var rates = price?.RatesFor(context) ?? default;
        var rated = price is null ? (Rating.Cost?)null : Rater.Rate(price, tokens, calls, context);
        var above = price?.ContextTiers.LastOrDefault(tier => context > tier.AboveInputTokens)?.AboveInputTokens ?? 0;
        FocusCharge[] all =
        [
            Charge(Input, tokens.Input, cost.InputNanos, rates.Input, rated?.InputNanos),
            Charge(CachedInput, tokens.CachedInput, cost.CachedInputNanos, rates.CachedInput, rated?.CachedInputNanos),
            Charge(CacheWrite, tokens.CacheWrite, cost.CacheWriteNanos, rates.CacheWrite, rated?.CacheWriteNanos),
            Charge(CacheWriteHour, tokens.CacheWriteHour, cost.CacheWrite1HNanos, rates.CacheWriteHour, rated?.CacheWriteHourNanos),
            Charge(Output, tokens.Output, cost.OutputNanos, rates.Output, rated?.OutputNanos),
            Charge(Reasoning, tokens.Reasoning, cost.ReasoningNanos, rates.Reasoning, rated?.ReasoningNanos),
            Charge(Requests, calls, cost.RequestNanos, price?.PerRequest ?? 0, rated?.RequestNanos),
        ];
        var charges = all.Where(charge => charge.Quantity != 0 || charge.CostNanos != 0).ToList();
        return charges.Count > 0 ? charges : [all[^1]];

        FocusCharge Charge(FocusMeter meter, long quantity, long nanos, long listNanos, long? ratedNanos) => new(
            row, meter, quantity, nanos,
            ratedNanos == nanos ? new FocusRate(listNanos, Price.FullDiscountPpm - price!.DiscountPpm, meter == Requests ? 0 : above) : null);
    }

    private static FocusMeter Tokens(string name, string code) => new(name, code, "Tokens", PricedBy: 6);
}
