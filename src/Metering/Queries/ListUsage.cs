using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>Usage records page by page, newest first by when they occurred. A page's cost does not grow with its depth.</summary>
internal sealed class ListUsage(UsageQueryStore store)
{
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (PAGE_TOKEN_INVALID).</exception>
    public async Task<ListUsageResponse> RunAsync(ListUsageRequest request, CancellationToken cancellationToken)
    {
        if (request.PageSize is < 0 or > MaxPageSize)
        {
            throw RpcErrors.InvalidArgument($"page_size must be 1 to {MaxPageSize}, or 0 for {DefaultPageSize}.");
        }

        Guid? attemptId = null;
        if (request.AttemptId.Length > 0)
        {
            attemptId = Guid.TryParseExact(request.AttemptId, "D", out var parsed) ? parsed : throw RpcErrors.InvalidArgument("attempt_id must be a UUID.");
        }

        var size = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
        var page = new UsagePage(
            UsageFilter.Read(request.Filters, request.Tags),
            Moments.Read("from", request.From) ?? Moments.Earliest,
            Moments.Read("to", request.To) ?? Moments.Latest,
            attemptId,
            PagePosition.Read(request.PageToken),
            size + 1);
        var records = await store.ReadPageAsync(page, cancellationToken);
        var answer = new ListUsageResponse { Records = { records.Take(size) } };
        if (records.Count > size)
        {
            var last = answer.Records[^1];
            answer.NextPageToken = new PagePosition(last.Event.OccurredAt.ToDateTimeOffset(), Guid.Parse(last.RecordId)).ToToken();
        }

        return answer;
    }
}
