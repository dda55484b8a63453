using System.Buffers;
using System.IO.Pipelines;

namespace Platform.Routing.Calls;

internal static class RequestBody
{
    /// <summary>The whole body; null when it is above the limit.</summary>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            return null;
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
