using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization;
using MassTransit;
using MassTransit.Serialization;

namespace Platform.Postgres;

/// <summary>
/// Puts an event into the broker's envelope as it was written into the outbox: to read it and write it once more would cost as much as all else that the relay does.
/// </summary>
/// <param name="json">The event, as JSON.</param>
internal sealed class WrittenMessage(ReadOnlyMemory<byte> json) : IMessageSerializer
{
    public ContentType ContentType => SystemTextJsonMessageSerializer.JsonContentType;

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class =>
        new SystemTextJsonMessageBody<T>(context, SystemTextJsonMessageSerializer.Options, new JsonMessageEnvelope(context, new Written(json)));

    [JsonConverter(typeof(WrittenJson))]
    private sealed record Written(ReadOnlyMemory<byte> Json);

    private sealed class WrittenJson : JsonConverter<Written>
    {
        public override Written Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("What is read from the broker is an event, not its text.");

        // PostgreSQL has checked that it is JSON.
        public override void Write(Utf8JsonWriter writer, Written value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Json.Span, skipInputValidation: true);
    }
}
