using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Jobs;

namespace Platform.Export.Runs;

/// <summary>Runs, newest first, a page at a time. A page's token is the id of its last run.</summary>
internal sealed class ListRuns(JobStore jobs, RunStore runs)
{
    public async Task<ListRunsResponse> ExecuteAsync(ListRunsRequest request, CancellationToken cancellationToken)
    {
        var page = PageRequest.Of(request.Limit, request.PageToken, "limit");
        Guid? jobId = request.Job.Length == 0 ? null : (await jobs.FindAsync(request.Job, cancellationToken) ?? throw JobStore.NotFound(request.Job)).JobId;
        var after = page.After.Length == 0 ? null : await FindAsync(page.After, cancellationToken);
        var (found, next) = page.Cut(await runs.ListAsync(jobId, after, page.Limit, cancellationToken), run => run.RunId.ToString("N"));
        return new ListRunsResponse
        {
            Runs = { found.Select(run => run.ToContract()) },
            NextPageToken = next,
        };
    }

    private async Task<RunRow> FindAsync(string token, CancellationToken cancellationToken) =>
        (Guid.TryParseExact(token, "N", out var id) ? await runs.FindAsync(id, cancellationToken) : null)
        ?? throw PageRequest.InvalidToken();
}
