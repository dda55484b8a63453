using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Platform.Routing.Calls;

internal static class RequestBody
{
    /// <summary>The whole body, or what is wrong with it.</summary>
    public static async Task<(ApiError? Error, byte[]? Body)> TryReadAsync(HttpContext http, int maxBytes)
    {
        try
        {
            var body = await ReadAsync(http.Request, maxBytes, http.RequestAborted);
            return (body is null ? ApiError.TooLarge(maxBytes) : null, body);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Broken framing, too slow, or gone: whoever is still there hears of it.
            return (ApiError.BodyBroken, null);
        }
    }

    /// <summary>Null when it is above the limit.</summary>
    private static async ValueTask<byte[]?> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            return null;
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // The server's own limit may be lower; here what has come is counted.
            size.MaxRequestBodySize = null;
        }

        while (true)
        {
            ReadResult read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > maxBytes)
            {
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
