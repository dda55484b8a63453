using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;
using Platform.Api.Errors;
using Platform.Contracts;

namespace Platform.Api.Http;

/// <summary>
/// Counts what a JSON body has before the serializer makes objects of it, and refuses what is beyond the route's <see cref="BodyBounds"/>. The body stays unread: its
/// bytes are bounded by the server. Bytes that are no JSON are left to the serializer, which ends at the same place and says where.
/// </summary>
internal sealed class BoundedBodyMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is null || !http.Request.HasJsonContentType() ? next(http)
        : IsUtf8(http.Request) ? CountAsync(http)
        : ProblemWriter.WriteAsync(http, Problem.MediaTypeUnsupported);

    private async Task CountAsync(HttpContext http)
    {
        var body = await ReadAsync(http.Request.BodyReader, http.RequestAborted);
        var refusal = BodyCount.Refusal(body.Buffer, http.GetEndpoint()!.Metadata.GetMetadata<BodyBounds>() ?? BodyBounds.Usual);
        http.Request.BodyReader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
        if (refusal is not null)
        {
            throw RpcErrors.InvalidArgument(refusal, Reasons.BatchTooLarge);
        }

        await next(http);
    }

    private static async Task<ReadResult> ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            if (read.IsCompleted)
            {
                return read;
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>As JSON is (RFC 8259). The serializer would read other encodings too, past what is counted here.</summary>
    private static bool IsUtf8(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
}
