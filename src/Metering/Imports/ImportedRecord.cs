using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Prices;
using Platform.Rating;

namespace Platform.Metering.Imports;

/// <summary>What is stored of a row that was imported before.</summary>
/// <param name="Whose">As it was attributed then.</param>
/// <param name="IsUndone">Its import was taken back, or is being.</param>
internal sealed record ImportedRecord(
    Guid RecordId, Guid ImportId, bool IsUndone, DateTimeOffset OccurredAt, string Provider, string Model, string ServiceTier, string Region, TokenCounts Tokens, long Requests,
    Attribution Whose)
{
    /// <summary>For people.</summary>
    public string Figures => string.Create(
        CultureInfo.InvariantCulture, $"{OccurredAt:yyyy-MM-dd HH:mm:ss}Z {Provider} {Model}, {Tokens.TotalInput} tokens in, {Tokens.Output + Tokens.Reasoning} out, {Requests} requests");

    /// <summary>True when the row has the figures that it had then.</summary>
    /// <param name="usage">The row as an event.</param>
    public bool Says(UsageEvent usage) =>
        usage.OccurredAt.ToDateTimeOffset().TruncateToMicroseconds() == OccurredAt
        && (RatedUsage.SubjectOf(usage), RatedUsage.TokensOf(usage), UsageCalls.Of(usage)) == (new PriceSubject(Provider, Model, ServiceTier, Region), Tokens, Requests);
}
