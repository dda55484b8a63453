using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Api.Spend;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using WasteClient = Platform.Contracts.Metering.V1.Waste.WasteClient;

namespace Platform.Api.Waste;

/// <summary><c>GET /v1/waste</c>: spend that brought nothing, or that less would have bought.</summary>
internal static class WasteEndpoint
{
    private const string DefaultSince = "7d";

    /// <summary>Identical prompts are looked for among the records themselves, which takes its time over a month.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static void MapWaste(this WebApplication app) =>
        app.MapGet("/v1/waste", GetAsync).WithTags("spend").WithSummary(
            "Waste signals with figures and evidence: failed, retried, duplicate, abandoned, right_sizing. They overlap, and are not added up.");

    private static async Task<WasteBody> GetAsync(
        string? from, string? to, string? since, string? period, [AsParameters] SpendFilterQuery filter, int? evidence, WasteClient waste, TimeProvider time,
        HttpContext http)
    {
        var now = time.GetUtcNow();
        var range = SpendRange.Read(from, to, since ?? (from is null && period is null ? DefaultSince : null), period, null, now);
        var isBackFromNow = range.EndsNow && from is null;
        var request = new GetWasteRequest
        {
            From = (isBackFromNow ? FirstDay(range.From, now) : range.From).ToTimestampUtc(), To = range.EndsNow ? null : range.To.ToTimestampUtc(), Evidence = evidence ?? 0, Filters = { filter.Read() },
        };
        return WasteBody.Of(await waste.GetWasteAsync(request, Call.Options(http, Patience)));
    }

    /// <summary>The report is of whole days of UTC, and a length back from now has today as the last of them: 7d are seven days, not parts of eight.</summary>
    internal static DateTimeOffset FirstDay(DateTimeOffset begin, DateTimeOffset now)
    {
        var (first, today) = (Day(begin).AddDays(1), Day(now));
        return first < today ? first : today;
    }

    private static DateTimeOffset Day(DateTimeOffset moment) => new(moment.UtcDateTime.Date, TimeSpan.Zero);
}

/// <param name="Spend">All spend of the range under the filters, for the scale.</param>
internal sealed record WasteBody(DateTimeOffset? From, DateTimeOffset? To, string Currency, Money Spend, IReadOnlyList<WasteSignalBody> Signals)
{
    public static WasteBody Of(WasteReport report) => new(
        report.From.ToMoment(), report.To.ToMoment(), report.Currency, new(report.SpendNanos), [.. report.Signals.Select(WasteSignalBody.From)]);
}

/// <param name="Signal">failed, retried, duplicate, abandoned or right_sizing.</param>
/// <param name="Cost">Of right_sizing: the saving.</param>
/// <param name="Rows">By team and model, dearest first, at most 20.</param>
internal sealed record WasteSignalBody(string Signal, long Calls, Money Cost, IReadOnlyList<WasteRowBody> Rows)
{
    public static WasteSignalBody From(WasteSignal signal) =>
        new(EnumText.Of(signal.Kind), signal.Calls, new(signal.CostNanos), [.. signal.Rows.Select(WasteRowBody.From)]);
}

/// <param name="CheaperModel">Of right_sizing; else empty.</param>
/// <param name="Evidence">Records: <c>GET /v1/usage/{id}</c>.</param>
internal sealed record WasteRowBody(
    string TeamId, string Provider, string Model, long Calls, Money Cost, string CheaperProvider, string CheaperModel, IReadOnlyList<string> Evidence)
{
    public static WasteRowBody From(WasteRow row) => new(
        row.TeamId, row.Provider, row.Model, row.Calls, new(row.CostNanos), row.CheaperProvider, row.CheaperModel, [.. row.Evidence]);
}
