using Platform.Routing.Calls;
using Platform.Routing.Journal;
using Platform.Routing.Policies;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Embeddings;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shapes.Responses;

namespace Platform.Routing.Tests.Calls;

/// <summary>Answers of which a usage of no tokens at all is stated. A prompt has one at least, so beside content such a usage counts nothing; without content it is the provider's word.</summary>
public sealed class UncountedAnswerTests() : AttemptTest
{
    private const string Zeros = "\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}";

    [Theory]
    [InlineData("said {\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"hi\"}}]," + Zeros + "}", true)]
    [InlineData("said {" + Zeros + ",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"1\"}]}}]}", true)]
    [InlineData("said {\"choices\":[{\"message\":{\"content\":\"\"}},{\"message\":{\"content\":\"\",\"reasoning_content\":\"hm\"}}]," + Zeros + "}", true)]
    [InlineData("said {\"choices\":[{\"message\":{\"content\":\"hi\"}}],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":2}}", false)]
    [InlineData("said {\"choices\":[{\"message\":{\"content\":\"hi\"}}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":0}}", false)]
    [InlineData("said {\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[]},\"finish_reason\":\"content_filter\"}]," + Zeros + "}", false)]
    [InlineData("said {\"choices\":[]," + Zeros + "}", false)]
    public async Task Plain_completion(string script, bool isUncounted)
    {
        Assert.Equal(isUncounted ? JournalKind.LeasedUnknown : JournalKind.Finished, (await EndAsync(script, stream: false)).Kind);
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"role":"assistant","content":""}}]}|{"choices":[{"delta":{"content":"h"}}]}|{"choices":[],USAGE}""", true)]
    [InlineData("""{"choices":[{"delta":{"content":"h"}}]}|{"choices":[{"delta":{},"finish_reason":"stop"}],USAGE}""", true)]
    [InlineData("""{"choices":[{"delta":{"content":"h"}}],USAGE}|{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":1}}""", false)]
    [InlineData("""{"choices":[{"delta":{"role":"assistant","content":""}}]}|{"choices":[{"delta":{},"finish_reason":"content_filter"}]}|{"choices":[],USAGE}""", false)]
    public async Task Streamed_completion(string events, bool isUncounted)
    {
        Assert.Equal(isUncounted ? JournalKind.LeasedUnknown : JournalKind.Finished, (await EndAsync("events " + events.Replace("USAGE", Zeros, StringComparison.Ordinal), stream: true)).Kind);
    }

    [Fact]
    public async Task It_is_in_suspense_at_its_bound_and_says_why_and_its_caller_has_the_answer()
    {
        Providers.Script("a", "said {\"choices\":[{\"message\":{\"content\":\"hi\"}}]," + Zeros + "}");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Once, A));
        var attempt = Assert.Single(Gateway.Attempts());
        Assert.Equal((200, attempt.Intent.AmountNanos), (answer.Status, attempt.Last.AmountNanos));
        Assert.Equal("provider answered, and states a usage of no tokens at all", attempt.Last.Text);
        Assert.False(answer.Headers.ContainsKey("X-KT-Cost"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000)]
    public async Task Where_tokens_cost_nothing_it_makes_no_difference(long fee)
    {
        (Gateway.Free, Gateway.Fee) = (true, fee);
        var end = await EndAsync("said {\"choices\":[{\"message\":{\"content\":\"hi\"}}]," + Zeros + "}", stream: false);
        Assert.Equal((JournalKind.Finished, fee), (end.Kind, end.AmountNanos));
    }

    [Theory]
    [InlineData("""{"output":[{"type":"message"}],"usage":{"input_tokens":0,"output_tokens":0}}""", true)]
    [InlineData("""{"output":[],"usage":{"input_tokens":0,"output_tokens":0}}""", false)]
    [InlineData("""{"output":[{"type":"message"}],"usage":{"input_tokens":1,"output_tokens":0}}""", false)]
    public void Response(string answer, bool isUncounted) => Check(new ResponsesShape(), answer, isUncounted);

    [Theory]
    [InlineData("""{"content":[{"type":"text","text":"h"}],"stop_reason":"end_turn","usage":{"input_tokens":0,"output_tokens":0}}""", true)]
    [InlineData("""{"content":[],"stop_reason":"end_turn","usage":{"input_tokens":0,"output_tokens":0}}""", false)]
    [InlineData("""{"content":[{"type":"text","text":"h"}],"usage":{"input_tokens":0,"cache_read_input_tokens":3,"output_tokens":0}}""", false)]
    public void Message(string answer, bool isUncounted) => Check(new MessagesShape(), answer, isUncounted);

    [Theory]
    [InlineData("""{"data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":0,"total_tokens":0}}""", true)]
    [InlineData("""{"data":[],"usage":{"prompt_tokens":0,"total_tokens":0}}""", false)]
    [InlineData("""{"data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":2,"total_tokens":2}}""", false)]
    public void Embeddings(string answer, bool isUncounted) => Check(new EmbeddingsShape(), answer, isUncounted);

    [Theory]
    [InlineData("""{"type":"response.created","response":{}}|{"type":"response.completed","response":{"output":[{"type":"message"}],"usage":{"input_tokens":0,"output_tokens":0}}}""", true)]
    [InlineData("""{"type":"response.output_text.delta","delta":"h"}|{"type":"response.completed","response":{"output":[],"usage":{"input_tokens":0,"output_tokens":0}}}""", true)]
    [InlineData("""{"type":"response.created","response":{}}|{"type":"response.completed","response":{"output":[],"usage":{"input_tokens":0,"output_tokens":0}}}""", false)]
    public void Streamed_response(string events, bool isUncounted) => CheckStream(new ResponsesShape(), events, isUncounted);

    [Theory]
    [InlineData("""{"type":"message_start","message":{"content":[],"usage":{"input_tokens":0,"output_tokens":0}}}|{"type":"content_block_start","index":0}|{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":0}}""", true)]
    [InlineData("""{"type":"message_start","message":{"content":[],"usage":{"input_tokens":0,"output_tokens":0}}}|{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":0}}""", false)]
    [InlineData("""{"type":"message_start","message":{"content":[],"usage":{"input_tokens":0,"output_tokens":0}}}|{"type":"content_block_start","index":0}|{"type":"message_delta","usage":{"input_tokens":9,"output_tokens":1}}""", false)]
    public void Streamed_message(string events, bool isUncounted) => CheckStream(new MessagesShape(), events, isUncounted);

    private static void Check(WireShape shape, string answer, bool isUncounted) =>
        Assert.Equal(isUncounted, Assert.NotNull(shape.ReadUsage(System.Text.Encoding.UTF8.GetBytes(answer))).IsUncounted);

    private static void CheckStream(WireShape shape, string events, bool isUncounted)
    {
        var filter = shape.NewStreamFilter(new ChatRequest([]));
        foreach (var one in events.Split('|'))
        {
            filter.Feed(System.Text.Encoding.UTF8.GetBytes($"data: {one}\n\n"), new System.Buffers.ArrayBufferWriter<byte>());
        }

        Assert.Equal(isUncounted, Assert.NotNull(filter.Usage).IsUncounted);
    }

    private async Task<JournalRecord> EndAsync(string script, bool stream)
    {
        Providers.Script("a", script);
        await Gateway.CallAsync(LocalGateway.Set(Once, A), stream: stream);
        return Assert.Single(Gateway.Attempts()).Last;
    }
}
