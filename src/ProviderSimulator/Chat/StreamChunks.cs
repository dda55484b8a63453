using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Platform.ProviderSimulator.Chat;

/// <summary>
/// The events of one stream, in OpenAI's shape. What is the same in every token's chunk is encoded once, since a stream has
/// hundreds of them.
/// </summary>
internal sealed class StreamChunks
{
    private readonly Call call;
    private readonly byte[] head;
    private readonly byte[] tail;

    public StreamChunks(Call call)
    {
        this.call = call;
        // No part of it needs escaping: a hexadecimal id and a name out of the price table.
        head = Encoding.ASCII.GetBytes(
            $"data: {{\"id\":\"{call.Id}\",\"object\":\"chat.completion.chunk\",\"created\":{call.ReceivedAt.ToUnixTimeSeconds()},"
            + $"\"model\":\"{call.Request.Model}\",\"system_fingerprint\":\"fp_simulator\",\"choices\":[");
        // With include_usage every chunk but the last carries a null usage.
        tail = Encoding.ASCII.GetBytes(call.Request.IncludeUsage ? "],\"usage\":null}\n\n" : "]}\n\n");
    }

    public void WriteRole(PipeWriter output) =>
        WriteChoice(
            output,
            """{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}"""u8);

    public void WriteToken(PipeWriter output, ReadOnlySpan<byte> token)
    {
        output.Write(head);
        output.Write("{\"index\":0,\"delta\":{\"content\":\""u8);
        output.Write(token);
        output.Write("\"},\"logprobs\":null,\"finish_reason\":null}"u8);
        output.Write(tail);
    }

    /// <summary>The finish reason, the usage if it was asked for, and the end marker.</summary>
    public void WriteEnd(PipeWriter output)
    {
        WriteChoice(output, Encoding.ASCII.GetBytes(
            $$"""{"index":0,"delta":{},"logprobs":null,"finish_reason":"{{call.FinishReason}}"}"""));
        if (call.Request.IncludeUsage)
        {
            output.Write(head);
            output.Write("],\"usage\":"u8);
            using (var writer = new Utf8JsonWriter(output))
            {
                call.UsageOf(call.OutputTokens).Write(writer);
            }
            output.Write("}\n\n"u8);
        }
        output.Write("data: [DONE]\n\n"u8);
    }

    private void WriteChoice(PipeWriter output, ReadOnlySpan<byte> choice)
    {
        output.Write(head);
        output.Write(choice);
        output.Write(tail);
    }
}
