using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Responses;

/// <summary>
/// The events of one stream, in the order in which OpenAI sends them: response.created, response.in_progress, the answer's item with its deltas, and a last event that repeats the whole
/// response with its usage. All are numbered.
/// </summary>
internal sealed class ResponseEvents(Call call, ResponsesMemory memory) : StreamEvents
{
    private readonly int index = ResponseBody.ItemIndexOf(call);
    private readonly string item = ResponseBody.ItemIdOf(call);
    private int number;

    public override (byte[] Head, byte[] Tail) Padding { get; } = ("event: keepalive\ndata: {"u8.ToArray(), "\"type\":\"keepalive\"}\n\n"u8.ToArray());

    private bool IsText => call.Request.Tool is null;

    public override void WriteStart(IBufferWriter<byte> output)
    {
        WriteResponse(output, "response.created", ResponseBody.InProgress);
        WriteResponse(output, "response.in_progress", ResponseBody.InProgress);
        if (index > 0)
        {
            WriteItem(output, "response.output_item.added", 0, writer => ResponseBody.WriteReasoning(writer, call));
            WriteItem(output, "response.output_item.done", 0, writer => ResponseBody.WriteReasoning(writer, call));
        }
        WriteItem(output, "response.output_item.added", index, writer => ResponseBody.WriteItem(writer, call, ResponseBody.InProgress));
        if (IsText)
        {
            WriteOfItem(output, "response.content_part.added", writer => WritePart(writer, 0));
        }
    }

    public override void WriteToken(IBufferWriter<byte> output, int index)
    {
        // Written out, since a stream has hundreds of them: no part of it needs escaping but the token.
        var name = IsText ? "response.output_text.delta"u8 : "response.function_call_arguments.delta"u8;
        output.Write("event: "u8);
        output.Write(name);
        output.Write("\ndata: {\"type\":\""u8);
        output.Write(name);
        output.Write(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"\",\"sequence_number\":{number++},\"item_id\":\"{item}\",\"output_index\":{this.index},{(IsText ? "\"content_index\":0,\"logprobs\":[]," : "")}\"delta\":\"")));
        var token = call.Request.Speech.Token(index);
        output.Write(call.Request.Speech.IsWords ? token : JsonEncodedText.Encode(token).EncodedUtf8Bytes);
        output.Write("\"}\n\n"u8);
    }

    public override void WriteEnd(IBufferWriter<byte> output)
    {
        var end = ResponseBody.EndOf(call);
        if (IsText)
        {
            WriteOfItem(output, "response.output_text.done", writer =>
            {
                writer.WriteNumber("content_index"u8, 0);
                writer.WriteString("text"u8, call.Request.Speech.All(call.ShownTokens));
                writer.WriteStartArray("logprobs"u8);
                writer.WriteEndArray();
            });
            WriteOfItem(output, "response.content_part.done", writer => WritePart(writer, call.ShownTokens));
        }
        else
        {
            WriteOfItem(output, "response.function_call_arguments.done", writer =>
            {
                writer.WriteString("name"u8, call.Request.Tool);
                writer.WriteString("arguments"u8, call.Request.Speech.All(call.ShownTokens));
            });
        }
        WriteItem(output, "response.output_item.done", index, writer => ResponseBody.WriteItem(writer, call, end));
        ResponsesShape.Keep(call, memory);
        WriteResponse(output, "response." + end, end);
    }

    public override void WriteError(IBufferWriter<byte> output, ProviderError error) => WriteNumbered(output, "error", writer =>
    {
        writer.WriteString("code"u8, ((OpenAiError)error).Code ?? ((OpenAiError)error).Type);
        writer.WriteString("message"u8, error.Message);
        writer.WriteNull("param"u8);
    });

    public override void WriteMalformed(IBufferWriter<byte> output) =>
        output.Write("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\n\n"u8);

    private void WritePart(Utf8JsonWriter writer, int tokens)
    {
        writer.WriteNumber("content_index"u8, 0);
        writer.WritePropertyName("part"u8);
        ResponseBody.WritePart(writer, call, tokens);
    }

    private void WriteResponse(IBufferWriter<byte> output, string type, string status) => WriteNumbered(output, type, writer =>
    {
        writer.WritePropertyName("response"u8);
        ResponseBody.Write(writer, call, status);
    });

    private void WriteItem(IBufferWriter<byte> output, string type, int at, Action<Utf8JsonWriter> write) => WriteNumbered(output, type, writer =>
    {
        writer.WriteNumber("output_index"u8, at);
        writer.WritePropertyName("item"u8);
        write(writer);
    });

    private void WriteOfItem(IBufferWriter<byte> output, string type, Action<Utf8JsonWriter> write) => WriteNumbered(output, type, writer =>
    {
        writer.WriteString("item_id"u8, item);
        writer.WriteNumber("output_index"u8, index);
        write(writer);
    });

    private void WriteNumbered(IBufferWriter<byte> output, string type, Action<Utf8JsonWriter> write) => WriteEvent(output, type, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, type);
        writer.WriteNumber("sequence_number"u8, number++);
        write(writer);
        writer.WriteEndObject();
    });
}
