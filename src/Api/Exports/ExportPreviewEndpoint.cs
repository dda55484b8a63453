using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using ExportClient = Platform.Contracts.Export.V1.Export.ExportClient;

namespace Platform.Api.Exports;

/// <summary>What an export of a window would hold, before it is made.</summary>
internal static class ExportPreviewEndpoint
{
    public static void MapExportPreview(this WebApplication app) => app.MapGet("/v1/exports/preview", PreviewAsync)
        .WithTags("exports")
        .WithSummary("Rows, cost and columns that an export of a window would have now; nothing is written.");

    private static async Task<PreviewBody> PreviewAsync([AsParameters] PreviewQuery query, ExportClient export, HttpContext http)
    {
        ExportWords.RequireWindow(query.from is not null || query.to is not null, query.window, query.period);
        return PreviewBody.FromPreview(await export.PreviewRunAsync(
            new PreviewRequest
            {
                From = TimeRange.Moment("from", query.from).ToTimestampUtc(),
                To = TimeRange.Moment("to", query.to).ToTimestampUtc(),
                Window = query.window ?? "",
                Period = query.period ?? "",
                Basis = ExportWords.Basis(query.basis),
                Format = query.format ?? "json",
                FocusVersion = query.focus_version ?? "",
            },
            Call.Options(http, ExportJobEndpoints.RunLimit)));
    }
}

/// <param name="from">With to, a date or a time in UTC; or window, or period.</param>
/// <param name="window">1h, 6h, 24h, 7d or 30d, ending now.</param>
/// <param name="period">A month such as 2026-06.</param>
internal sealed record PreviewQuery(string? from, string? to, string? window, string? period, string? basis, string? format, string? focus_version);

/// <param name="Basis">occurred or booked: by which date a record belongs to the window.</param>
/// <param name="Period">The month that was asked for; empty otherwise.</param>
/// <param name="TimeZone">IANA name of the books' zone, whose months the files would be.</param>
/// <param name="Watermark">Records recorded later are not in it.</param>
/// <param name="UnpricedRecords">Records that had no price when they were recorded, and so no cost; a price that came later is a correction's row, here or in a later run. Of FOCUS they are in no row.</param>
/// <param name="Bytes">Of all data files.</param>
/// <param name="Columns">In the order of the file.</param>
/// <param name="Files">One a billing period, in order.</param>
internal sealed record PreviewBody(
    DateTimeOffset? From, DateTimeOffset? To, string Basis, string Period, string TimeZone, DateTimeOffset? Watermark, long Rows, Money Cost, string Currency,
    long UnpricedRecords, long Bytes, IReadOnlyList<PreviewColumnBody> Columns, IReadOnlyList<PreviewFileBody> Files)
{
    // From is a property here.
    public static PreviewBody FromPreview(Preview preview) => new(
        preview.From.ToMoment(), preview.To.ToMoment(), EnumText.Of(preview.Basis), preview.Period, preview.TimeZone, preview.Watermark.ToMoment(), preview.Rows,
        new(preview.CostNanos), preview.Currency, preview.UnpricedRecords, preview.Bytes,
        [.. preview.Columns.Select(column => new PreviewColumnBody(column.Name, column.Type))],
        [.. preview.Files.Select(file => new PreviewFileBody(file.BillingPeriod, file.Rows, new(file.CostNanos), file.Bytes))]);
}

/// <param name="Type">string, timestamp, decimal, integer, boolean or map.</param>
internal sealed record PreviewColumnBody(string Name, string Type);

internal sealed record PreviewFileBody(string BillingPeriod, long Rows, Money Cost, long Bytes);
