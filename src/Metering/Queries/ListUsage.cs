using System.Buffers.Binary;
using System.Buffers.Text;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>Usage records page by page, newest first by when they occurred. A page's cost does not grow with its depth.</summary>
internal sealed class ListUsage(UsageQueryStore store)
{
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1_000;
    private const int TokenBytes = sizeof(long) + 16;

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
            request.PageToken.Length == 0 ? null : ReadToken(request.PageToken),
            size + 1);
        var records = await store.ReadPageAsync(page, cancellationToken);
        var answer = new ListUsageResponse { Records = { records.Take(size) } };
        if (records.Count > size)
        {
            answer.NextPageToken = WriteToken(answer.Records[^1]);
        }

        return answer;
    }

    private static string WriteToken(UsageRecord last)
    {
        Span<byte> bytes = stackalloc byte[TokenBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, last.Event.OccurredAt.ToDateTimeOffset().UtcTicks);
        Guid.Parse(last.RecordId).TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    private static UsagePosition ReadToken(string token)
    {
        Span<byte> bytes = stackalloc byte[TokenBytes];
        if (!Base64Url.IsValid(token, out var length) || length != TokenBytes)
        {
            throw Invalid();
        }

        Base64Url.DecodeFromChars(token, bytes);
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return ticks >= Moments.Earliest.UtcTicks && ticks < Moments.Latest.UtcTicks
            ? new UsagePosition(new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[sizeof(long)..], bigEndian: true))
            : throw Invalid();

        static Exception Invalid() =>
            RpcErrors.InvalidArgument("page_token is not one that this service gave; begin again without it.", Reasons.PageTokenInvalid);
    }
}
