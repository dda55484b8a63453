using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Export.Files.Focus;

/// <param name="Name">As FOCUS's SkuMeter.</param>
/// <param name="Code">In SkuId and SkuPriceId.</param>
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
/// <param name="Price">The version that the record names; null where there is none.</param>
/// <param name="Rate">Null for an amount without a quantity, as a price that came late makes one: then it is no usage but an adjustment.</param>
internal readonly record struct FocusCharge(ExportRow Row, FocusMeter Meter, long Quantity, long CostNanos, Price? Price, FocusRate? Rate)
{
    /// <summary>True for money without tokens: what a provider gave back or charged afterwards is of no SKU.</summary>
    public bool IsAdjustment => Row.Record.Event.HasAdjustmentNanos;

    /// <summary>
    /// FOCUS calls a correction only what corrects a billing period that was closed before; what corrects an open one is a charge like others. Metering books a record
    /// later than it occurred exactly where its month was closed.
    /// </summary>
    public bool CorrectsClosedPeriod => (Row.Record.Event.CorrectsRecordId.Length > 0 || IsAdjustment) && Row.Record.BookedAt is { } booked && booked != Row.Record.Event.OccurredAt;
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
    private static readonly FocusMeter Adjustment = new("Adjustment", "adjustment", "Adjustments", PricedBy: 0);
    private static readonly FocusMeter Requests = new("Requests", "request", "Requests", PricedBy: 0);

    /// <summary>
    /// A row for each kind that has tokens or a cost, and one for the requests of a record that stands for some, so that they can be counted; requests that a provider
    /// refused are no charge, and in no row. Costs add up to the record's. None for a record without a price: its cost is not known, and 0 would say that it is.
    /// </summary>
    /// <param name="price">The version that the record names; null where there is none.</param>
    public static IEnumerable<FocusCharge> Of(ExportRow row, Price? price)
    {
        if (row.Record.Cost is not { } cost)
        {
            return [];
        }

        var (usage, sent) = (row.Record.Event, row.Record.Event.Tokens ?? new Tokens());
        var tokens = new TokenCounts(sent.Input, sent.CachedInput, sent.CacheWrite, sent.Output, sent.Reasoning, sent.CacheWrite1H);
        var above = price is null ? 0 : FocusTier.Of(price, usage, tokens, cost);
        var rates = price?.RatesFor(above == 0 ? 0 : above + 1) ?? default;

        // A refusal that was recorded before it was free has a cost, which is of its request.
        FocusCharge[] all =
        [
            Charge(Input, tokens.Input, cost.InputNanos, rates.Input),
            Charge(CachedInput, tokens.CachedInput, cost.CachedInputNanos, rates.CachedInput),
            Charge(CacheWrite, tokens.CacheWrite, cost.CacheWriteNanos, rates.CacheWrite),
            Charge(CacheWriteHour, tokens.CacheWriteHour, cost.CacheWrite1HNanos, rates.CacheWriteHour),
            Charge(Output, tokens.Output, cost.OutputNanos, rates.Output),
            Charge(Reasoning, tokens.Reasoning, cost.ReasoningNanos, rates.Reasoning),
            Charge(Requests, cost.RequestNanos == 0 ? UsageCalls.BilledOf(usage) : UsageCalls.Of(usage), cost.RequestNanos, price?.PerRequest ?? 0),
            Charge(Adjustment, 0, cost.AdjustmentNanos, 0),
        ];
        return all.Where(charge => charge.Quantity != 0 || charge.CostNanos != 0);

        FocusCharge Charge(FocusMeter meter, long quantity, long nanos, long listNanos) => new(
            row, meter, quantity, nanos, price,
            price is null || quantity == 0 ? null : new FocusRate(listNanos, Price.FullDiscountPpm - price.DiscountPpm, meter == Requests ? 0 : above));
    }

    private static FocusMeter Tokens(string name, string code) => new(name, code, "Tokens", PricedBy: 6);
}
