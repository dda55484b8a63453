using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>Usage records page by page, newest first by when they occurred. A page's cost does not grow with its depth.</summary>
internal sealed class ListUsage(UsageQueryStore store)
{
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (also PAGE_TOKEN_INVALID): an id, a filter, or a range without anything in it.</exception>
    public async Task<ListUsageResponse> RunAsync(ListUsageRequest request, CancellationToken cancellationToken)
    {
        var asked = PageRequest.Of(request.PageSize, request.PageToken);
        Guid? attemptId = null;
        if (request.AttemptId.Length > 0)
        {
            attemptId = Guid.TryParseExact(request.AttemptId, "D", out var parsed) ? parsed : throw RpcErrors.InvalidArgument("attempt_id must be a UUID.");
        }

        // An empty range is a slip: answered as others are, it would read as if there had been no usage.
        var (from, to) = (Moments.Read("from", request.From) ?? Moments.Earliest, Moments.Read("to", request.To) ?? Moments.Latest);
        if (from >= to)
        {
            throw RpcErrors.InvalidArgument("from must lie before to.");
        }

        var page = new UsagePage(
            UsageFilter.Read(request.Filters, request.Tags),
            from,
            to,
            attemptId,
            PagePosition.Read(asked.After, PageOrder.Occurred),
            asked.Limit);
        var (records, next) = asked.Cut(
            await store.ReadPageAsync(page, cancellationToken), last => new PagePosition(last.Event.OccurredAt.ToDateTimeOffset(), Guid.Parse(last.RecordId)).ToToken(PageOrder.Occurred));
        return new ListUsageResponse { Records = { records }, NextPageToken = next };
    }
}
