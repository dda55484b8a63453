using System.Text;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Embeddings;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shapes.Responses;

namespace Platform.Routing.Tests.Shapes;

/// <summary>What counts as a count of tokens, in every shape.</summary>
public sealed class TokenCountTests
{
    [Theory]
    [InlineData("11", true)]
    [InlineData("11.0", true)]
    [InlineData("1.1e1", true)]
    [InlineData("\"11\"", true)]
    [InlineData("11.5", false)]
    [InlineData("-11.0", false)]
    [InlineData("1e400", false)]
    [InlineData("11e9", false)]
    [InlineData("\"\"", false)]
    [InlineData("\"-11\"", false)]
    [InlineData("\"+11\"", false)]
    [InlineData("\"11.0\"", false)]
    [InlineData("\" 11\"", false)]
    [InlineData("\"11 tokens\"", false)]
    [InlineData("\"\\u00311\"", false)]
    [InlineData("\"11000000000\"", false)]
    [InlineData("\"99999999999999999999\"", false)]
    [InlineData("true", false)]
    [InlineData("[11]", false)]
    public void Whole_number_is_a_count_however_it_is_written(string value, bool isCount)
    {
        var expected = isCount ? 11L : (long?)null;
        Assert.Equal(expected, ChatUsage.Read(Bytes($"{{\"usage\":{{\"prompt_tokens\":{value},\"completion_tokens\":5}}}}"), out _)?.Input);
        Assert.Equal(expected, ResponsesUsage.OfResponse(Bytes($"{{\"usage\":{{\"input_tokens\":{value},\"output_tokens\":5}}}}"))?.Input);
        Assert.Equal(expected, new MessagesShape().ReadUsage(Bytes($"{{\"usage\":{{\"input_tokens\":{value},\"output_tokens\":5}}}}"))?.Input);
        Assert.Equal(expected, new EmbeddingsShape().ReadUsage(Bytes($"{{\"usage\":{{\"prompt_tokens\":{value}}}}}"))?.Input);
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"queue_time":0.02,"prompt_tokens":11,"completion_tokens":5,"total_tokens":16}}}""", 11L)]
    [InlineData("""{"x_groq":{"usage":{"prompt_tokens":11,"completion_tokens":5}},"usage":null}""", 11L)]
    // What the chunk itself states goes before it, be it unreadable.
    [InlineData("""{"x_groq":{"usage":{"prompt_tokens":12,"completion_tokens":5}},"usage":{"prompt_tokens":11,"completion_tokens":5}}""", 11L)]
    [InlineData("""{"usage":{"prompt_tokens":11,"completion_tokens":5},"x_groq":{"usage":{"prompt_tokens":12,"completion_tokens":5}}}""", 11L)]
    [InlineData("""{"usage":{"prompt_tokens":-1,"completion_tokens":5},"x_groq":{"usage":{"prompt_tokens":12,"completion_tokens":5}}}""", null)]
    [InlineData("""{"x_groq":{"id":"req_1","usage":null}}""", null)]
    [InlineData("""{"x_groq":["usage",{"prompt_tokens":12,"completion_tokens":5}]}""", null)]
    [InlineData("""{"x_groq":{"other":{"usage":{"prompt_tokens":12,"completion_tokens":5}}}}""", null)]
    public void Usage_that_Groq_states_of_its_own_is_read(string chunk, long? input)
    {
        Assert.Equal(input, ChatUsage.Read(Bytes(chunk), out _)?.Input);

        // A stream that has it in its last chunk, which is the caller's, as every chunk with choices.
        var filter = new ChatStreamFilter(hideUsage: true);
        filter.Feed(Bytes("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"x_groq\":{\"id\":\"req_1\"}}\n\n"), new System.Buffers.ArrayBufferWriter<byte>());
        filter.Feed(Bytes($"data: {chunk}\n\ndata: [DONE]\n\n"), new System.Buffers.ArrayBufferWriter<byte>());
        Assert.Equal(input, filter.Usage?.Input);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
