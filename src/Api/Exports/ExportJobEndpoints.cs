using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using ExportClient = Platform.Contracts.Export.V1.Export.ExportClient;

namespace Platform.Api.Exports;

/// <summary>Scheduled exports.</summary>
internal static class ExportJobEndpoints
{
    /// <summary>A run reads, writes and reads back every record of its window.</summary>
    public static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(10);

    public static void MapExportJobs(this WebApplication app)
    {
        var jobs = app.MapGroup("/v1/exports/jobs").WithTags("exports");
        jobs.MapPost("", ScheduleAsync).WithSummary("Makes a job with a schedule.").Produces<JobBody>(StatusCodes.Status201Created);
        jobs.MapGet("", ListAsync).WithSummary("All jobs.");
        jobs.MapGet("/{id}", GetAsync).WithSummary("One job, by id or name.");
        jobs.MapPatch("/{id}", UpdateAsync).WithSummary("Changes the fields that are given; paused stops and resumes it.");
        jobs.MapDelete("/{id}", RemoveAsync).WithSummary("Ends a job; its runs and files stay.");
        jobs.MapGet("/{id}/download", DownloadAsync).WithSummary("The stored bytes of the newest completed run of a job, by id or name, after their hash was checked.").Produces<Stream>(contentType: ExportRunEndpoints.FileType);
        jobs.MapPost("/{id}/run", RunAsync).WithSummary("Runs a job now and answers when its manifest is written.");
    }

    private static async Task<IResult> ScheduleAsync(ScheduleJobBody body, ExportClient export, HttpContext http)
    {
        var job = await export.ScheduleJobAsync(
            new ScheduleJobRequest
            {
                Name = Require.Text("name", body.Name),
                Cron = Require.Text("cron", body.Cron),
                Window = Require.Text("window", body.Window),
                Format = body.Format ?? "json",
                Bucket = Require.Text("s3_bucket", body.S3Bucket),
                Prefix = body.S3Prefix ?? "",
                FocusVersion = body.FocusVersion ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(JobBody.From(job), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<JobsBody> ListAsync(ExportClient export, HttpContext http)
    {
        var answer = await export.ListJobsAsync(new ListJobsRequest(), Call.Options(http));
        return new JobsBody([.. answer.Jobs.Select(JobBody.From)]);
    }

    private static async Task<JobBody> GetAsync(string id, ExportClient export, HttpContext http) =>
        JobBody.From(await export.GetJobAsync(new GetJobRequest { Job = id }, Call.Options(http)));

    private static async Task<JobBody> UpdateAsync(string id, UpdateJobBody body, ExportClient export, HttpContext http)
    {
        var request = new UpdateJobRequest { Job = id, IdempotencyKey = Call.IdempotencyKey(http) };
        body.Cron.IfGiven(value => request.Cron = value);
        body.Window.IfGiven(value => request.Window = value);
        body.Format.IfGiven(value => request.Format = value);
        body.FocusVersion.IfGiven(value => request.FocusVersion = value);
        body.S3Bucket.IfGiven(value => request.Bucket = value);
        body.S3Prefix.IfGiven(value => request.Prefix = value);
        if (body.Paused is { } paused)
        {
            request.Paused = paused;
        }

        return JobBody.From(await export.UpdateJobAsync(request, Call.Options(http)));
    }

    private static async Task<JobBody> RemoveAsync(string id, ExportClient export, HttpContext http) =>
        JobBody.From(await export.RemoveJobAsync(new RemoveJobRequest { Job = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static Task DownloadAsync(string id, string? billing_period, ExportClient export, HttpContext http) =>
        ExportRunEndpoints.CopyAsync(new DownloadRequest { Job = id, BillingPeriod = billing_period ?? "" }, export, http);

    private static async Task<RunBody> RunAsync(string id, RunJobBody? body, ExportClient export, HttpContext http) =>
        RunBody.FromRun(await export.RunJobAsync(
            new RunJobRequest { Job = id, Period = body?.Period ?? "", Basis = ExportWords.Basis(body?.Basis), IdempotencyKey = Call.IdempotencyKey(http) },
            Call.Options(http, RunLimit)));
}

internal static class ExportWords
{
    /// <summary>What is to be exported: nothing stands for all that there is, since that has no end.</summary>
    public static void RequireWindow(bool hasRange, string? window, string? period)
    {
        if (!hasRange && window is null && period is null)
        {
            throw RpcErrors.InvalidArgument("Say what to export: from and to, window or period.", Reasons.WindowInvalid);
        }
    }

    /// <summary>By which date records belong; null and empty leave it to the service.</summary>
    public static Basis Basis(string? text) => string.IsNullOrEmpty(text) ? Contracts.Export.V1.Basis.Unspecified
        : EnumText.TryParse<Basis>(text, out var basis) ? basis
        : throw RpcErrors.InvalidArgument($"There is no basis '{text}'. Bases: {EnumText.Names<Basis>()}.", Reasons.WindowInvalid);
}

/// <param name="Paused">True: no run is due until it is false again; the first one then covers the time between.</param>
internal sealed record UpdateJobBody(
    string? Cron = null, string? Window = null, string? Format = null, string? S3Bucket = null, string? S3Prefix = null, bool? Paused = null,
    string? FocusVersion = null);

/// <param name="Period">A month such as 2026-06 instead of the job's window ending now.</param>
/// <param name="Basis">occurred or booked; when absent, booked for a closed month and occurred otherwise.</param>
internal sealed record RunJobBody(string? Period = null, string? Basis = null);

/// <param name="Format">json, csv, parquet, focus or focus-parquet; json when absent.</param>
/// <param name="FocusVersion">Of formats focus and focus-parquet: 1.4, which is also the default, or 1.2.</param>
internal sealed record ScheduleJobBody(
    [property: Required] string? Name = null, [property: Required] string? Cron = null, [property: Required] string? Window = null, string? Format = null, [property: Required] string? S3Bucket = null, string? S3Prefix = null, string? FocusVersion = null);

internal sealed record JobsBody(IReadOnlyList<JobBody> Jobs);
