using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Jobs;

namespace Platform.Export.Runs;

/// <summary>Runs a job now: its window ends now rather than at a due time.</summary>
internal sealed class RunJob(StartRun start)
{
    public Task<RunRow> ExecuteAsync(RunJobRequest request, CancellationToken cancellationToken) => start.ExecuteAsync(
        "export.run_job",
        request.IdempotencyKey,
        request,
        async (transaction, now) =>
        {
            var job = await JobStore.FindAsync(transaction, request.Job, cancellationToken)
                ?? throw RpcErrors.NotFound(Reasons.JobNotFound, $"There is no export job '{request.Job}'.");
            return NewRun.Of(job, dueAt: null, to: now, now);
        },
        cancellationToken);
}
