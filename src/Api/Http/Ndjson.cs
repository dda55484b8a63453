using System.Buffers;
using System.Text.Json;
using Grpc.Core;

namespace Platform.Api.Http;

/// <summary>Streams one JSON object a line, as the service sends them; memory stays flat whatever the number of rows.</summary>
internal static class Ndjson
{
    public const string MediaType = "application/x-ndjson";

    private const int FlushBytes = 64 * 1024;

    public static async Task WriteAsync<TMessage, TBody>(
        HttpContext http, IAsyncStreamReader<TMessage> stream, Func<TMessage, TBody> shape, JsonSerializerOptions json)
    {
        // The first row is awaited before the answer begins, so that a refusal is still a problem with its status.
        var more = await stream.MoveNext(http.RequestAborted);
        http.Response.ContentType = MediaType;
        var body = http.Response.BodyWriter;
        await using var writer = new Utf8JsonWriter(body);
        while (more)
        {
            JsonSerializer.Serialize(writer, shape(stream.Current), json);
            writer.Flush();
            writer.Reset();
            body.Write("\n"u8);
            if (body.UnflushedBytes >= FlushBytes)
            {
                await body.FlushAsync(http.RequestAborted);
            }

            more = await stream.MoveNext(http.RequestAborted);
        }

        await body.FlushAsync(http.RequestAborted);
    }
}
