using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using ExportClient = Platform.Contracts.Export.V1.Export.ExportClient;

namespace Platform.Api.Exports;

/// <summary>Runs of jobs, one-off runs, and their bytes.</summary>
internal static class ExportRunEndpoints
{
    internal const string FileType = "application/octet-stream";

    public static void MapExportRuns(this WebApplication app)
    {
        var runs = app.MapGroup("/v1/exports/runs").WithTags("exports");
        runs.MapPost("", CreateAsync).WithSummary("Exports a window once, without a schedule.").Produces<RunBody>(StatusCodes.Status201Created);
        runs.MapGet("", ListAsync).WithSummary("Runs, newest first.");
        runs.MapGet("/{id}", GetAsync).WithSummary("One run.");
        runs.MapPost("/{id}/retry", RetryAsync).WithSummary("Tries a failed run again at once, with the same window and watermark.");
        runs.MapGet("/{id}/download", DownloadAsync).WithSummary("The stored bytes of a run's data file, after their hash was checked.").Produces<Stream>(contentType: FileType);
    }

    private static async Task<IResult> CreateAsync(CreateRunBody body, ExportClient export, HttpContext http)
    {
        ExportWords.RequireWindow(body.From is not null || body.To is not null, body.Window, body.Period);
        var run = await export.CreateRunAsync(
            new CreateRunRequest
            {
                From = (body.Period is null && body.Window is null ? Require.Value("from", body.From) : body.From).ToTimestampUtc(),
                To = (body.Period is null && body.Window is null ? Require.Value("to", body.To) : body.To).ToTimestampUtc(),
                Period = body.Period ?? "",
                Window = body.Window ?? "",
                Name = body.Name ?? "",
                Basis = ExportWords.Basis(body.Basis),
                Format = body.Format ?? "json",
                Bucket = Require.Text("s3_bucket", body.S3Bucket),
                Prefix = body.S3Prefix ?? "",
                FocusVersion = body.FocusVersion ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http, ExportJobEndpoints.RunLimit));
        return Results.Json(RunBody.FromRun(run), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<RunsBody> ListAsync(string? job, int? limit, string? page_token, ExportClient export, HttpContext http)
    {
        var answer = await export.ListRunsAsync(new ListRunsRequest { Job = job ?? "", Limit = limit ?? 0, PageToken = page_token ?? "" }, Call.Options(http));
        return new RunsBody([.. answer.Runs.Select(RunBody.FromRun)], answer.NextPageToken);
    }

    private static async Task<RunBody> RetryAsync(string id, ExportClient export, HttpContext http) =>
        RunBody.FromRun(await export.RetryRunAsync(
            new RetryRunRequest { RunId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http, ExportJobEndpoints.RunLimit)));

    private static async Task<RunBody> GetAsync(string id, ExportClient export, HttpContext http) =>
        RunBody.FromRun(await export.GetRunAsync(new GetRunRequest { RunId = id }, Call.Options(http)));

    private static Task DownloadAsync(string id, string? billing_period, ExportClient export, HttpContext http) =>
        CopyAsync(new DownloadRequest { RunId = id, BillingPeriod = billing_period ?? "" }, export, http);

    internal static async Task CopyAsync(DownloadRequest request, ExportClient export, HttpContext http)
    {
        using var stream = export.Download(request, Call.StreamOptions(http));

        // The first chunk is awaited before the answer begins, so that a refusal is still a problem with its status.
        var more = await stream.ResponseStream.MoveNext(http.RequestAborted);
        http.Response.ContentType = FileType;
        while (more)
        {
            await http.Response.Body.WriteAsync(stream.ResponseStream.Current.Content.Memory, http.RequestAborted);
            more = await stream.ResponseStream.MoveNext(http.RequestAborted);
        }
    }
}

/// <param name="From">With <paramref name="To"/>: any window, half open. Needed without a period or a window.</param>
/// <param name="Format">json, csv, parquet, focus or focus-parquet; json when absent.</param>
/// <param name="FocusVersion">Of formats focus and focus-parquet: 1.4, which is also the default, or 1.2.</param>
/// <param name="Period">A month such as 2026-06.</param>
/// <param name="Basis">occurred or booked; when absent, booked for a closed month and occurred otherwise.</param>
/// <param name="Window">1h, 6h, 24h, 7d or 30d, ending now.</param>
/// <param name="Name">What its objects are found by, no job's name; one-off when absent.</param>
internal sealed record CreateRunBody(
    DateTimeOffset? From = null, DateTimeOffset? To = null, string? Format = null, [property: Required] string? S3Bucket = null, string? S3Prefix = null, string? Period = null,
    string? Basis = null, string? FocusVersion = null, string? Window = null, string? Name = null);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record RunsBody(IReadOnlyList<RunBody> Runs, string NextPageToken);
