using Platform.Api.Http;
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

    private static async Task<RunBody> RunAsync(string id, ExportClient export, HttpContext http) =>
        RunBody.FromRun(await export.RunJobAsync(
            new RunJobRequest { Job = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http, RunLimit)));
}

/// <param name="Format">json, which is also the default.</param>
internal sealed record ScheduleJobBody(string? Name = null, string? Cron = null, string? Window = null, string? Format = null, string? S3Bucket = null, string? S3Prefix = null);

internal sealed record JobsBody(IReadOnlyList<JobBody> Jobs);
