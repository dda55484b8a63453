using System.Buffers;
using System.Text;
using System.Text.Json;
using Platform.ProviderSimulator.Faults;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Chat;

/// <summary>
/// The events of one stream, in OpenAI's shape. What is the same in every token's chunk is encoded once, since a stream has
/// hundreds of them.
/// </summary>
internal sealed class ChatChunks : StreamEvents
{
    private readonly Call call;
    private readonly ChatRequest request;
    private readonly byte[] head;
    private readonly byte[] tail;

    public ChatChunks(Call call)
    {
        this.call = call;
        request = (ChatRequest)call.Request;
        // No part of it needs escaping: a hexadecimal id, a name out of the price table, a tier out of it or a plain word.
        head = Encoding.ASCII.GetBytes(
            $"data: {{\"id\":\"{ChatShape.IdOf(call)}\",\"object\":\"chat.completion.chunk\",\"created\":{call.ReceivedAt.ToUnixTimeSeconds()},"
            + $"\"model\":\"{request.Model}\",{(call.ServiceTier is { } tier ? $"\"service_tier\":\"{tier}\"," : "")}\"system_fingerprint\":\"fp_simulator\",\"choices\":[");
        // With include_usage every chunk but the last carries a null usage.
        tail = Encoding.ASCII.GetBytes(request.IncludeUsage ? "],\"usage\":null}\n\n" : "]}\n\n");
    }

    public override (byte[] Head, byte[] Tail) Padding { get; } = ("data: {"u8.ToArray(), "\"object\":\"chat.completion.chunk\",\"choices\":[]}\n\n"u8.ToArray());

    public override void WriteStart(IBufferWriter<byte> output)
    {
        if (request.Tool is not { } tool)
        {
            WriteChoice(
                output,
                """{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}"""u8);
            return;
        }
        var call = "{\"index\":0,\"id\":\"" + ChatShape.ToolCallIdOf(this.call) + "\",\"type\":\"function\",\"function\":{\"name\":\"" + JsonEncodedText.Encode(tool) + "\",\"arguments\":\"\"}}";
        WriteChoice(output, Encoding.UTF8.GetBytes(
            $$"""{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{{call}}],"refusal":null},"logprobs":null,"finish_reason":null}"""));
    }

    public override void WriteToken(IBufferWriter<byte> output, int index)
    {
        var token = request.Speech.Token(index);
        output.Write(head);
        output.Write(request.Tool is null
            ? "{\"index\":0,\"delta\":{\"content\":\""u8
            : "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\""u8);
        output.Write(request.Speech.IsWords ? token : JsonEncodedText.Encode(token).EncodedUtf8Bytes);
        output.Write(request.Tool is null ? "\"},\"logprobs\":"u8 : "\"}}]},\"logprobs\":"u8);
        if (request.TopLogprobs is null)
        {
            output.Write("null"u8);
        }
        else
        {
            using var writer = new Utf8JsonWriter(output);
            Logprobs.Write(writer, request, index, 1);
        }
        output.Write(",\"finish_reason\":null}"u8);
        if (call.Fault.Usage == UsageLie.Running)
        {
            WriteUsageEnd(output, call.HiddenTokens + index + 1);
            return;
        }
        output.Write(tail);
    }

    /// <summary>The finish reason, the usage if it was asked for or comes unasked, and the end marker.</summary>
    public override void WriteEnd(IBufferWriter<byte> output)
    {
        var finish = Encoding.ASCII.GetBytes($$"""{"index":0,"delta":{},"logprobs":null,"finish_reason":"{{ChatShape.FinishReason(call)}}"}""");
        if (call.Fault is { StreamUsage: StreamUsage.Always, Usage: not UsageLie.Missing })
        {
            output.Write(head);
            output.Write(finish);
            WriteUsageEnd(output, call.OutputTokens);
            output.Write("data: [DONE]\n\n"u8);
            return;
        }
        WriteChoice(output, finish);
        if (request.IncludeUsage && call.Fault.Usage != UsageLie.Missing)
        {
            output.Write(head);
            WriteUsageEnd(output, call.OutputTokens);
        }
        output.Write("data: [DONE]\n\n"u8);
    }

    public override void WriteError(IBufferWriter<byte> output, ProviderError error) => WriteEvent(output, null, error.Write);

    public override void WriteMalformed(IBufferWriter<byte> output)
    {
        output.Write(head);
        output.Write("{\"index\":0,\"delta\":{\"content\":\n\n"u8);
    }

    private void WriteUsageEnd(IBufferWriter<byte> output, int generated)
    {
        output.Write("],\"usage\":"u8);
        using (var writer = new Utf8JsonWriter(output))
        {
            ChatUsage.Write(writer, call.UsageOf(generated), call.Fault.Usage);
        }
        output.Write("}\n\n"u8);
    }

    private void WriteChoice(IBufferWriter<byte> output, ReadOnlySpan<byte> choice)
    {
        output.Write(head);
        output.Write(choice);
        output.Write(tail);
    }
}
