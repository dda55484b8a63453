using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Identity.V1;
using Platform.Export.Jobs;
using Platform.Export.Runs;
using Platform.ServiceDefaults.Identity;
using ExportContract = Platform.Contracts.Export.V1.Export;

namespace Platform.Export;

/// <summary>The gRPC face: parse, call the operation, map.</summary>
internal sealed class ExportService(
    ScheduleJob scheduleJob, RunJob runJob, CreateRun createRun, Download download, JobStore jobs, RunStore runs) : ExportContract.ExportBase
{
    private const int ChunkBytes = 64 * 1024;
    private const int LimitDefault = 100;
    private const int LimitAtMost = 1_000;

    [RequireRole(Role.Editor)]
    public override async Task<Job> ScheduleJob(ScheduleJobRequest request, ServerCallContext context) =>
        await WithLastRunAsync(await scheduleJob.ExecuteAsync(request, context.CancellationToken), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task<ListJobsResponse> ListJobs(ListJobsRequest request, ServerCallContext context)
    {
        var all = await jobs.ListAsync(context.CancellationToken);
        var last = await runs.LastOfAsync([.. all.Select(job => job.JobId)], context.CancellationToken);
        return new ListJobsResponse { Jobs = { all.Select(job => job.ToContract(last.GetValueOrDefault(job.JobId))) } };
    }

    [RequireRole(Role.Viewer)]
    public override async Task<Job> GetJob(GetJobRequest request, ServerCallContext context) =>
        await WithLastRunAsync(await FindJobAsync(request.Job, context.CancellationToken), context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override async Task<Run> RunJob(RunJobRequest request, ServerCallContext context) =>
        (await runJob.ExecuteAsync(request, context.CancellationToken)).ToContract();

    [RequireRole(Role.Editor)]
    public override async Task<Run> CreateRun(CreateRunRequest request, ServerCallContext context) =>
        (await createRun.ExecuteAsync(request, context.CancellationToken)).ToContract();

    [RequireRole(Role.Viewer)]
    public override async Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        if (request.Limit is < 0 or > LimitAtMost)
        {
            throw RpcErrors.InvalidArgument($"limit must be 1 to {LimitAtMost}, or 0 for {LimitDefault}.");
        }

        Guid? jobId = request.Job.Length == 0 ? null : (await FindJobAsync(request.Job, context.CancellationToken)).JobId;
        var found = await runs.ListAsync(jobId, request.Limit == 0 ? LimitDefault : request.Limit, context.CancellationToken);
        return new ListRunsResponse { Runs = { found.Select(run => run.ToContract()) } };
    }

    [RequireRole(Role.Viewer)]
    public override async Task<Run> GetRun(GetRunRequest request, ServerCallContext context)
    {
        var run = Guid.TryParse(request.RunId, out var runId) ? await runs.FindAsync(runId, context.CancellationToken) : null;
        return run?.ToContract() ?? throw RpcErrors.NotFound(Reasons.RunNotFound, $"There is no export run '{request.RunId}'.");
    }

    [RequireRole(Role.Viewer)]
    public override async Task Download(DownloadRequest request, IServerStreamWriter<DownloadChunk> responseStream, ServerCallContext context)
    {
        await using var stream = await download.OpenAsync(request.RunId, context.CancellationToken);
        var buffer = new byte[ChunkBytes];
        int count;
        while ((count = await stream.ReadAtLeastAsync(buffer, ChunkBytes, throwOnEndOfStream: false, context.CancellationToken)) > 0)
        {
            await responseStream.WriteAsync(new DownloadChunk { Content = ByteString.CopyFrom(buffer, 0, count) }, context.CancellationToken);
        }
    }

    private async Task<JobRow> FindJobAsync(string job, CancellationToken cancellationToken) =>
        await jobs.FindAsync(job, cancellationToken) ?? throw RpcErrors.NotFound(Reasons.JobNotFound, $"There is no export job '{job}'.");

    private async Task<Job> WithLastRunAsync(JobRow job, CancellationToken cancellationToken) =>
        job.ToContract((await runs.LastOfAsync([job.JobId], cancellationToken)).GetValueOrDefault(job.JobId));
}
