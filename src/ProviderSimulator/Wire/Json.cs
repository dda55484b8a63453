using System.Buffers;

namespace Platform.ProviderSimulator.Wire;

/// <summary>Sends a finished JSON body in one write, with its length.</summary>
internal static class Json
{
    public static Task WriteAsync(HttpResponse response, ArrayBufferWriter<byte> body)
    {
        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        // The server flushes at the end of the request.
        response.BodyWriter.Write(body.WrittenSpan);
        return Task.CompletedTask;
    }
}
