using Platform.Contracts;
using Platform.Contracts.Export.V1;

namespace Platform.Export.Runs;

/// <summary>Tries a failed run again at once: the same window at the same watermark, so a series has no hole once it is completed.</summary>
internal sealed class RetryRun(StartRun start, RunStore runs)
{
    public async Task<RunRow> ExecuteAsync(RetryRunRequest request, CancellationToken cancellationToken)
    {
        var run = (Guid.TryParse(request.RunId, out var id) ? await runs.FindAsync(id, cancellationToken) : null)
            ?? throw RpcErrors.NotFound(Reasons.RunNotFound, $"There is no export run '{request.RunId}'.");
        return await start.ExecuteAsync(
            "export.retry_run", request.IdempotencyKey, request,
            async (transaction, now) =>
            {
                await RunStore.RetryNowAsync(transaction, run.RunId, now, cancellationToken);
                return run.RunId;
            },
            cancellationToken);
    }
}
