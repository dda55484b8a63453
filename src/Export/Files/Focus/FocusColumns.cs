using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Export.Files.Focus;

/// <param name="Read">The cell; null for none.</param>
/// <param name="Places">Of a decimal: how many digits it has behind its point at most.</param>
internal sealed record FocusColumn(string Name, ColumnType Type, Func<FocusCharge, FocusFrame, string?> Read, int Places = 0);

/// <summary>What all rows of a file share.</summary>
/// <param name="Month">The billing period of the file.</param>
/// <param name="BillingAccountId">Whom the platform's costs are charged to.</param>
/// <param name="BillingAccountName">Empty for none.</param>
/// <param name="TeamNames">By team id.</param>
internal sealed record FocusFrame(BillingMonth Month, string BillingAccountId, string BillingAccountName, IReadOnlyDictionary<string, string> TeamNames);

/// <summary>
/// The columns of the dataset Cost and Usage of FOCUS (FinOps Open Cost and Usage Specification), versions 1.4 and 1.2, and this platform's own, which begin with x_ and stand
/// last. Columns of what the platform does not have (commitment discounts, capacity reservations, resources, split allocation, another pricing currency) are conditional on it and left out.
/// </summary>
internal static class FocusColumns
{
    private const int NanoPlaces = 9;
    private const int PpmPlaces = 6;

    /// <summary>Of a quantity that is priced by the million.</summary>
    private const int MillionPlaces = 6;

    /// <summary>1.2 calls the two parties by names that 1.3 has replaced.</summary>
    private static readonly FocusColumn[] PartiesOf12 = [Text("ProviderName", ServiceProvider), Text("PublisherName", ServiceProvider)];

    private static readonly FocusColumn[] Parties = [Text("ServiceProviderName", ServiceProvider), Text("HostProviderName", ServiceProvider)];

    private static readonly FocusColumn[] Own =
    [
        Text("x_RecordId", charge => charge.Row.Record.RecordId),
        Text("x_AttemptId", charge => Event(charge).AttemptId),
        Text("x_CallId", charge => Event(charge).CallId),
        Text("x_CorrectsRecordId", charge => Event(charge).CorrectsRecordId),
        new("x_OccurredAt", ColumnType.Timestamp, (charge, _) => ExportJson.Moment(Event(charge).OccurredAt.ToDateTimeOffset())),
        new("x_RecordedAt", ColumnType.Timestamp, (charge, _) => ExportJson.Moment(charge.Row.Record.RecordedAt.ToDateTimeOffset())),
        Text("x_Model", charge => Event(charge).ModelServed),
        Text("x_PriceId", charge => charge.Price?.PriceId.ToString(CultureInfo.InvariantCulture)),
        Text("x_Workload", charge => Event(charge).Workload),
        Text("x_Lane", charge => Event(charge).Lane),
        Text("x_RoutePolicy", charge => Event(charge).RoutePolicy),
        Text("x_RouteReason", charge => Event(charge).RouteReason),
        Text("x_ModelAsked", charge => Event(charge).ModelAsked),
        Text("x_KeyId", charge => Event(charge).KeyId),
        Text("x_UserId", charge => Event(charge).UserId),
        Text("x_ApplicationId", charge => Event(charge).ApplicationId),
        Text("x_Funding", charge => UsageColumns.Word(Event(charge).Funding.ToString())),
        Text("x_Outcome", charge => UsageColumns.Word(Event(charge).Outcome.ToString())),
        new("x_Late", ColumnType.Boolean, (charge, _) => charge.Row.IsLate ? "true" : "false"),
    ];

    private static readonly FocusColumn[] Common =
    [
        Amount("BilledCost", NanoPlaces, charge => new Money(charge.CostNanos).ToFixedString()),
        Amount("EffectiveCost", NanoPlaces, charge => new Money(charge.CostNanos).ToFixedString()),
        Amount("ListCost", MillionPlaces + NanoPlaces, charge => charge.Rate is { } rate
            ? ExactDecimal.Of((Int128)charge.Quantity * rate.ListNanos, charge.Meter.PricedBy + NanoPlaces) : new Money(charge.CostNanos).ToFixedString()),
        Amount("ContractedCost", MillionPlaces + NanoPlaces + PpmPlaces, charge => charge.Rate is { } rate
            ? ExactDecimal.Of((Int128)charge.Quantity * rate.ListNanos * rate.PayablePpm, charge.Meter.PricedBy + NanoPlaces + PpmPlaces)
            : new Money(charge.CostNanos).ToFixedString()),
        Text("BillingCurrency", charge => charge.Row.Record.Currency),
        new("BillingAccountId", ColumnType.String, (_, frame) => frame.BillingAccountId),
        new("BillingAccountName", ColumnType.String, (_, frame) => frame.BillingAccountName),
        Moment("BillingPeriodStart", (_, frame) => frame.Month.From),
        Moment("BillingPeriodEnd", (_, frame) => frame.Month.To),
        Moment("ChargePeriodStart", (charge, _) => Second(charge)),
        Moment("ChargePeriodEnd", (charge, _) => Second(charge).AddSeconds(1)),
        Text("ChargeCategory", charge => charge is { IsAdjustment: true, CostNanos: < 0 } ? "Credit" : charge.Rate is null ? "Adjustment" : "Usage"),
        Text("ChargeClass", charge => charge.CorrectsClosedPeriod ? "Correction" : null),
        Text("ChargeDescription", charge => charge.IsAdjustment ? OfAdjustment(charge) : $"{(charge.Rate is null ? "Adjustment of the cost of " : "")}{charge.Meter.Name} of {ServiceProvider(charge)}/{Event(charge).ModelServed}"),
        Text("ChargeFrequency", charge => charge.Rate is null ? "One-Time" : "Usage-Based"),
        Text("InvoiceIssuerName", ServiceProvider),
        Text("InvoiceId", _ => null),
        Text("ServiceCategory", _ => "AI and Machine Learning"),
        Text("ServiceSubcategory", _ => "Generative AI"),
        Text("ServiceName", ServiceProvider),
        Text("SubAccountId", charge => Event(charge).TeamId),
        new("SubAccountName", ColumnType.String, (charge, frame) => frame.TeamNames.GetValueOrDefault(Event(charge).TeamId, Event(charge).TeamId)),
        Text("SubAccountType", charge => Event(charge).TeamId.Length > 0 ? "Team" : null),
        Text("RegionId", charge => Event(charge).Region),
        Text("RegionName", charge => Event(charge).Region),
        Amount("ConsumedQuantity", 0, charge => charge.Rate is null ? null : charge.Quantity.ToString(CultureInfo.InvariantCulture)),
        Text("ConsumedUnit", charge => charge.Rate is null ? null : charge.Meter.Unit),
        Text("PricingCategory", charge => charge.Rate is null ? null : "Standard"),
        Amount("PricingQuantity", MillionPlaces, charge => charge.Rate is null ? null : ExactDecimal.Of(charge.Quantity, charge.Meter.PricedBy)),
        Text("PricingUnit", charge => charge.Rate is null ? null : charge.Meter.PricingUnit),
        Amount("ListUnitPrice", NanoPlaces, charge => charge.Rate is { } rate ? ExactDecimal.Of(rate.ListNanos, NanoPlaces) : null),
        Amount("ContractedUnitPrice", NanoPlaces + PpmPlaces, charge => charge.Rate is { } rate ? ExactDecimal.Of((Int128)rate.ListNanos * rate.PayablePpm, NanoPlaces + PpmPlaces) : null),
        Text("SkuId", SkuId),
        Text("SkuMeter", charge => charge.IsAdjustment ? null : charge.Meter.Name),
        Text("SkuPriceId", SkuPriceId),
        new("SkuPriceDetails", ColumnType.Map, (charge, _) => charge.Rate is { } rate ? Details(charge.Price!, rate) : null),
        new("Tags", ColumnType.Map, (charge, _) => ExportJson.Map(Event(charge).Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))),
    ];

    /// <param name="version">1.4 or 1.2.</param>
    public static IReadOnlyList<FocusColumn> Of(string version) => version == FileFormats.FocusVersion12 ? [.. Common, .. PartiesOf12, .. Own] : [.. Common, .. Parties, .. Own];

    private static UsageEvent Event(FocusCharge charge) => charge.Row.Record.Event;

    /// <summary>Never null; usage that somebody logged may not name it.</summary>
    private static string ServiceProvider(FocusCharge charge) => Event(charge).Provider is { Length: > 0 } provider ? provider : "unknown";

    /// <summary>The reason that it was given, and what it refers to, in the words of whoever recorded it.</summary>
    private static string OfAdjustment(FocusCharge charge)
    {
        var tags = Event(charge).Tags;
        var of = Event(charge).ModelServed is { Length: > 0 } model ? $"{ServiceProvider(charge)}/{model}" : ServiceProvider(charge);
        return $"{(charge.CostNanos < 0 ? "Credit" : "Adjustment")} of {of}"
            + (tags.TryGetValue(AdjustmentTags.Reference, out var reference) ? $", {reference}" : "") + (tags.TryGetValue(AdjustmentTags.Reason, out var reason) ? $": {reason}" : "");
    }

    // FOCUS has times to the second, and the end is exclusive.
    private static DateTimeOffset Second(FocusCharge charge) => DateTimeOffset.FromUnixTimeSeconds(Event(charge).OccurredAt.Seconds);

    /// <summary>A kind of the model that has the price: a dated snapshot of a model is no other good.</summary>
    private static string? SkuId(FocusCharge charge) => charge.IsAdjustment ? null : charge.Price is { } price
        ? $"{price.Provider}/{price.Model}/{charge.Meter.Code}" : $"{ServiceProvider(charge)}/{Event(charge).ModelServed}/{charge.Meter.Code}";

    /// <summary>The price list's entry, which keeps its id while versions of it come and go: x_PriceId is the version.</summary>
    private static string? SkuPriceId(FocusCharge charge)
    {
        if (charge is not { Price: { } price, Rate: { } rate })
        {
            return null;
        }

        var region = price.Region.Length > 0 ? $"/{price.Region}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{SkuId(charge)}/{price.Tier}{region}{(rate.AboveInputTokens > 0 ? $"/above-{rate.AboveInputTokens}" : "")}");
    }

    private static string Details(Rating.Price price, FocusRate rate)
    {
        var details = new List<KeyValuePair<string, string>> { new("x_ServiceTier", price.Tier) };
        if (rate.AboveInputTokens > 0)
        {
            details.Add(new("x_AboveInputTokens", rate.AboveInputTokens.ToString(CultureInfo.InvariantCulture)));
        }

        return ExportJson.Map(details);
    }

    private static FocusColumn Text(string name, Func<FocusCharge, string?> read) => new(name, ColumnType.String, (charge, _) => read(charge));

    private static FocusColumn Amount(string name, int places, Func<FocusCharge, string?> read) => new(name, ColumnType.Decimal, (charge, _) => read(charge), places);

    private static FocusColumn Moment(string name, Func<FocusCharge, FocusFrame, DateTimeOffset> read) => new(name, ColumnType.Timestamp, (charge, frame) =>
        read(charge, frame).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
}
