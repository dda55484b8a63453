using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Identity.V1;
using Platform.Export.Books;
using Platform.Export.Jobs;
using Platform.Export.Runs;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using ExportContract = Platform.Contracts.Export.V1.Export;

namespace Platform.Export;

/// <summary>The gRPC face: parse, call the operation, map.</summary>
internal sealed class ExportService(
    ScheduleJob scheduleJob, ChangeJob changeJob, RunJob runJob, CreateRun createRun, RetryRun retryRun, PreviewRun previewRun, ListRuns listRuns, Download download, JobStore jobs, RunStore runs,
    BookStore books, TimeProvider time) : ExportContract.ExportBase
{
    private const int ChunkBytes = 64 * 1024;

    [RequireRole(Role.Editor)]
    public override async Task<Job> ScheduleJob(ScheduleJobRequest request, ServerCallContext context) =>
        (await ShowAsync([await scheduleJob.ExecuteAsync(request, context.GetCaller().KeyId, context.CancellationToken)], context))[0];

    [RequireRole(Role.Editor)]
    public override async Task<Job> UpdateJob(UpdateJobRequest request, ServerCallContext context) =>
        await ShowAsync(await changeJob.UpdateAsync(request, context.GetCaller().KeyId, context.CancellationToken), context);

    [RequireRole(Role.Editor)]
    public override async Task<Job> RemoveJob(RemoveJobRequest request, ServerCallContext context) =>
        await ShowAsync(await changeJob.RemoveAsync(request, context.GetCaller().KeyId, context.CancellationToken), context);

    [RequireRole(Role.Viewer)]
    public override async Task<ListJobsResponse> ListJobs(ListJobsRequest request, ServerCallContext context) =>
        new() { Jobs = { await ShowAsync(await jobs.ListAsync(context.CancellationToken), context) } };

    [RequireRole(Role.Viewer)]
    public override Task<Job> GetJob(GetJobRequest request, ServerCallContext context) => ShowAsync(request.Job, context);

    [RequireRole(Role.Editor)]
    public override async Task<Run> RunJob(RunJobRequest request, ServerCallContext context) =>
        (await runJob.ExecuteAsync(request, context.GetCaller().KeyId, context.CancellationToken)).ToContract();

    [RequireRole(Role.Editor)]
    public override async Task<Run> CreateRun(CreateRunRequest request, ServerCallContext context) =>
        (await createRun.ExecuteAsync(request, context.GetCaller().KeyId, context.CancellationToken)).ToContract();

    [RequireRole(Role.Editor)]
    public override Task<Preview> PreviewRun(PreviewRequest request, ServerCallContext context) => previewRun.ExecuteAsync(request, context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override async Task<Run> RetryRun(RetryRunRequest request, ServerCallContext context) =>
        (await retryRun.ExecuteAsync(request, context.CancellationToken)).ToContract();

    [RequireRole(Role.Viewer)]
    public override Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context) => listRuns.ExecuteAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task<Run> GetRun(GetRunRequest request, ServerCallContext context)
    {
        var run = Guid.TryParse(request.RunId, out var runId) ? await runs.FindAsync(runId, context.CancellationToken) : null;
        return run?.ToContract() ?? throw RpcErrors.NotFound(Reasons.RunNotFound, $"There is no export run '{request.RunId}'.");
    }

    [RequireRole(Role.Viewer)]
    public override async Task Download(DownloadRequest request, IServerStreamWriter<DownloadChunk> responseStream, ServerCallContext context)
    {
        await using var stream = request.Job.Length == 0
            ? await download.OpenAsync(request.RunId, request.BillingPeriod, context.CancellationToken)
            : await download.OpenOfJobAsync(request.Job, request.BillingPeriod, context.CancellationToken);
        var buffer = new byte[ChunkBytes];
        int count;
        while ((count = await ReadAsync(stream, buffer, context.CancellationToken)) > 0)
        {
            await responseStream.WriteAsync(new DownloadChunk { Content = ByteString.CopyFrom(buffer, 0, count) }, context.CancellationToken);
        }
    }

    private static async Task<int> ReadAsync(Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAtLeastAsync(buffer, ChunkBytes, throwOnEndOfStream: false, cancellationToken);
        }
        catch (IOException exception)
        {
            throw Runs.Download.Unreadable(exception);
        }
    }

    private async Task<Job> ShowAsync(string job, ServerCallContext context)
    {
        var found = await jobs.FindAsync(job, context.CancellationToken) ?? throw JobStore.NotFound(job);
        return (await ShowAsync([found], context))[0];
    }

    private async Task<Job[]> ShowAsync(IReadOnlyList<JobRow> shown, ServerCallContext context)
    {
        var zone = await books.ReadZoneAsync(context.CancellationToken);
        var last = await runs.LastOfAsync([.. shown.Select(job => job.JobId)], context.CancellationToken);
        return [.. shown.Select(job => job.ToContract(last.GetValueOrDefault(job.JobId), time.GetUtcNow(), zone))];
    }
}
