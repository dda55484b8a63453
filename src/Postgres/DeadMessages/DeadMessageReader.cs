using System.Globalization;
using System.Text;
using System.Text.Json;
using Platform.Contracts;
using RabbitMQ.Client;

namespace Platform.Postgres.DeadMessages;

/// <summary>What a message from an error queue says of itself and of its failure: MassTransit writes the failure into the headers, the event's type into the body.</summary>
internal static class DeadMessageReader
{
    private const int FailureCharacters = 4_000;
    private const int TypeCharacters = 500;

    public static DeadMessageRow Read(string queue, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, DateTimeOffset now) => new(
        0,
        queue,
        properties.MessageId ?? "",
        TypeOf(body),
        properties.ContentType ?? "",
        body.ToArray(),
        Header(properties, "MT-Fault-ExceptionType") ?? (Header(properties, "MT-Reason") is { } reason ? reason : "unknown"),
        Header(properties, "MT-Fault-Message") ?? "",
        FailedAt(Header(properties, "MT-Fault-Timestamp")) ?? now,
        now);

    // "urn:message:Platform.Contracts.Events:UsageMetered" and so on; the first is the message's own.
    private static string TypeOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var envelope = JsonDocument.Parse(body);
            return envelope.RootElement.ValueKind == JsonValueKind.Object
                && envelope.RootElement.TryGetProperty("messageType", out var types)
                && types.ValueKind == JsonValueKind.Array
                && types.GetArrayLength() > 0
                    ? Cut(types[0].ToString().Replace("urn:message:", "", StringComparison.Ordinal), TypeCharacters)
                    : "";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Whatever lies in the queue is kept as it is; that it is no envelope, or its type no text, is for its reader to see.
            return "";
        }
    }

    private static DateTimeOffset? FailedAt(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? new DateTimeOffset(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero)
            : null;

    private static string? Header(IReadOnlyBasicProperties properties, string name) =>
        properties.Headers is { } headers && headers.TryGetValue(name, out var value)
            ? Cut(value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", FailureCharacters)
            : null;

    private static string Cut(string text, int characters) => Validation.Storable(text, characters) + (text.Length <= characters ? "" : "…");
}
