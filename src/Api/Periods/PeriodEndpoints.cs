using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using PeriodsClient = Platform.Contracts.Metering.V1.Periods.PeriodsClient;

namespace Platform.Api.Periods;

/// <summary>Billing months: what is booked in each, and their close.</summary>
internal static class PeriodEndpoints
{
    public static void MapPeriods(this WebApplication app)
    {
        var periods = app.MapGroup("/v1/periods").WithTags("spend");
        periods.MapGet("", ListAsync).WithSummary("Closed months, and those since, newest first.");
        periods.MapPost("/{period}/close", CloseAsync).WithSummary("Closes a month and those before it, for good: later usage of them is booked in the next open month.");
    }

    private static async Task<PeriodsBody> ListAsync(PeriodsClient periods, HttpContext http)
    {
        var answer = await periods.ListPeriodsAsync(new ListPeriodsRequest(), Call.Options(http));
        return new PeriodsBody([.. answer.Periods.Select(BillingPeriodBody.From)]);
    }

    private static async Task<BillingPeriodBody> CloseAsync(string period, ClosePeriodBody? body, PeriodsClient periods, HttpContext http) =>
        BillingPeriodBody.From(await periods.ClosePeriodAsync(
            new ClosePeriodRequest { Period = period, TimeZone = body?.TimeZone ?? "", IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));
}

/// <param name="TimeZone">IANA name; absent: of the closes before, else UTC.</param>
internal sealed record ClosePeriodBody(string? TimeZone = null);

internal sealed record PeriodsBody(IReadOnlyList<BillingPeriodBody> Periods);

/// <param name="State">open, ended (may be closed) or closed.</param>
/// <param name="Cost">What is booked in it; of a closed one for good.</param>
/// <param name="LateCost">Part of the cost: of calls and corrections of months that were closed before.</param>
/// <param name="UnpricedRecords">Records that had no price at the close, and were not taken back; what they cost is booked when it comes.</param>
internal sealed record BillingPeriodBody(
    string Period, string State, DateTimeOffset? StartsAt, DateTimeOffset? EndsAt, string TimeZone, string Currency, Money Cost, long Calls, Money LateCost,
    long UnpricedRecords, DateTimeOffset? ClosedAt, string ClosedBy)
{
    public static BillingPeriodBody From(Period period) => new(
        period.Name, EnumText.Of(period.State), period.StartsAt.ToMoment(), period.EndsAt.ToMoment(), period.TimeZone, period.Currency, new(period.CostNanos),
        period.Calls, new(period.LateCostNanos), period.UnpricedRecords, period.ClosedAt.ToMoment(), period.ClosedBy);
}
