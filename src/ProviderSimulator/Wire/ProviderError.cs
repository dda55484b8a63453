using System.Buffers;
using System.Text.Json;

namespace Platform.ProviderSimulator.Wire;

/// <summary>An error as one shape of the wire shows it.</summary>
internal abstract record ProviderError(int Status, string Message)
{
    public Task WriteAsync(HttpResponse response)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(body))
        {
            Write(writer);
        }
        response.StatusCode = Status;
        return Json.WriteAsync(response, body);
    }

    /// <summary>The whole body; in a stream, the data of its event.</summary>
    public abstract void Write(Utf8JsonWriter writer);
}
