using System.Buffers;
using System.Text.Json;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Messages;

/// <summary>
/// The events of one stream, in Anthropic's shape: message_start with the input's usage, one block with its deltas, message_delta with the whole usage,
/// message_stop; and a ping, as the real one sends them anywhere.
/// </summary>
internal sealed class MessageEvents(Call call) : StreamEvents
{
    public override (byte[] Head, byte[] Tail) Padding { get; } = ("event: ping\ndata: {"u8.ToArray(), "\"type\":\"ping\"}\n\n"u8.ToArray());

    public override void WriteStart(IBufferWriter<byte> output)
    {
        WriteEvent(output, "message_start", writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "message_start"u8);
            writer.WriteStartObject("message"u8);
            MessagesShape.WriteHead(writer, call);
            writer.WriteStartArray("content"u8);
            writer.WriteEndArray();
            writer.WriteNull("stop_reason"u8);
            writer.WriteNull("stop_sequence"u8);
            // The first figure of output means nothing: the last one holds.
            MessagesUsage.Write(writer, call, generated: 1);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
        WriteEvent(output, "content_block_start", writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "content_block_start"u8);
            writer.WriteNumber("index"u8, 0);
            writer.WriteStartObject("content_block"u8);
            WriteEmptyBlock(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
        output.Write("event: ping\ndata: {\"type\": \"ping\"}\n\n"u8);
    }

    public override void WriteToken(IBufferWriter<byte> output, int index)
    {
        var token = call.Request.Speech.Token(index);
        output.Write("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"u8);
        output.Write(call.Request.Tool is null ? "{\"type\":\"text_delta\",\"text\":\""u8 : "{\"type\":\"input_json_delta\",\"partial_json\":\""u8);
        output.Write(call.Request.Speech.IsWords ? token : JsonEncodedText.Encode(token).EncodedUtf8Bytes);
        output.Write("\"}}\n\n"u8);
    }

    public override void WriteEnd(IBufferWriter<byte> output)
    {
        output.Write("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"u8);
        WriteEvent(output, "message_delta", writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "message_delta"u8);
            writer.WriteStartObject("delta"u8);
            writer.WriteString("stop_reason"u8, MessagesShape.StopReason(call));
            writer.WriteNull("stop_sequence"u8);
            writer.WriteEndObject();
            MessagesUsage.Write(writer, call, call.OutputTokens);
            writer.WriteEndObject();
        });
        output.Write("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
    }

    public override void WriteError(IBufferWriter<byte> output, ProviderError error) => WriteEvent(output, "error", error.Write);

    public override void WriteMalformed(IBufferWriter<byte> output) =>
        output.Write("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":\n\n"u8);

    private void WriteEmptyBlock(Utf8JsonWriter writer)
    {
        if (call.Request.Tool is null)
        {
            writer.WriteString("type"u8, "text"u8);
            writer.WriteString("text"u8, ""u8);
            return;
        }
        MessagesShape.WriteToolUse(writer, call);
        writer.WriteStartObject("input"u8);
        writer.WriteEndObject();
    }
}
