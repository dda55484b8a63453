using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Jobs;

namespace Platform.Export.Runs;

/// <summary>Runs, newest first, a page at a time. A page's token is the id of its last run.</summary>
internal sealed class ListRuns(JobStore jobs, RunStore runs)
{
    private const int DefaultPageSize = 100;
    private const int MaximumPageSize = 1_000;

    public async Task<ListRunsResponse> ExecuteAsync(ListRunsRequest request, CancellationToken cancellationToken)
    {
        if (request.Limit is < 0 or > MaximumPageSize)
        {
            throw RpcErrors.InvalidArgument($"limit must be 1 to {MaximumPageSize}, or 0 for {DefaultPageSize}.");
        }

        Guid? jobId = request.Job.Length == 0 ? null : (await jobs.FindAsync(request.Job, cancellationToken) ?? throw JobStore.NotFound(request.Job)).JobId;
        var after = request.PageToken.Length == 0 ? null : await FindAsync(request.PageToken, cancellationToken);
        var size = request.Limit == 0 ? DefaultPageSize : request.Limit;
        var found = await runs.ListAsync(jobId, after, size + 1, cancellationToken);
        return new ListRunsResponse
        {
            Runs = { found.Take(size).Select(run => run.ToContract()) },
            NextPageToken = found.Count > size ? found[size - 1].RunId.ToString("N") : "",
        };
    }

    private async Task<RunRow> FindAsync(string token, CancellationToken cancellationToken) =>
        (Guid.TryParseExact(token, "N", out var id) ? await runs.FindAsync(id, cancellationToken) : null)
        ?? throw RpcErrors.InvalidArgument("page_token is not one that this call gave out.", Reasons.PageTokenInvalid);
}
