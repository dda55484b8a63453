using System.Buffers;
using System.Text;
using CsCheck;
using Platform.Routing.Calls;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Responses;

namespace Platform.Routing.Tests.Shapes.Responses;

public sealed class ResponsesAnswerTests
{
    private const string Created = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"tools\":[{\"parameters\":{\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}],\"usage\":null}}\n\n";
    private const string InProgress = "event: response.in_progress\ndata: {\"type\":\"response.in_progress\",\"response\":{\"id\":\"resp_1\",\"usage\":null}}\n\n";
    private const string Delta = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"\\\"usage\\\":{\\\"response.completed\\\"} é😀\"}\n\n";
    private const string Usage = "\"usage\":{\"input_tokens\":20,\"input_tokens_details\":{\"cached_tokens\":5,\"cache_write_tokens\":3},\"output_tokens\":57,\"output_tokens_details\":{\"reasoning_tokens\":9},\"total_tokens\":77}";
    private const string Completed = "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"output\":[{\"usage\":{\"input_tokens\":1}}]," + Usage + "}}\n\n";
    private const string Failed = "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"id\":\"resp_1\",\"error\":{\"code\":\"server_error\"},\"usage\":null}}\n\n";
    private const string Error = "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"no\",\"param\":null,\"sequence_number\":2}\n\n";

    private static readonly CallUsage Expected = new(12, 5, 57, 9, 3) { UntoldWrites = 3 };

    [Fact]
    public void Stream_is_passed_as_it_is_and_its_usage_known_at_its_end_however_it_is_split()
    {
        var bytes = Encoding.UTF8.GetBytes(Created + InProgress + Delta + Completed);
        Gen.Int[0, bytes.Length].Array[0, 12].Sample(cuts =>
        {
            var (filter, passed) = Run(bytes, cuts);
            Assert.Equal(Expected, filter.Usage);
            Assert.Equal(bytes, passed);
        });
    }

    [Theory]
    [InlineData("response.incomplete")]
    [InlineData("response.failed")]
    public void Stream_that_ends_otherwise_states_its_usage_too(string type) =>
        Assert.Equal(Expected, Run(Encoding.UTF8.GetBytes(Created + Delta + Completed.Replace("response.completed", type)), []).Filter.Usage);

    [Theory]
    [InlineData(Created + InProgress + Delta)]
    [InlineData(Created + Delta + Failed)]
    [InlineData(Created + Delta + Error)]
    [InlineData("data: {\"type\":\"response.in_progress\",\"response\":{" + Usage + "}}\n\n")]
    [InlineData("data: {\"response\":{" + Usage + "}}\n\n")]
    [InlineData("data: {\"type\":\"response.completed\"," + Usage + "}\n\n")]
    [InlineData("data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":3}}}\n\n")]
    [InlineData("data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":-1}}}\n\n")]
    [InlineData("data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":5\n\n")]
    public void Stream_that_breaks_off_or_contradicts_itself_has_no_usage(string stream) => Assert.Null(Run(Encoding.UTF8.GetBytes(stream), []).Filter.Usage);

    [Fact]
    public void Usage_is_read_behind_the_deepest_tools_that_a_request_may_have()
    {
        var shape = new ResponsesShape();
        var tools = Enumerable.Range(1, 100).Select(ToolsOf).TakeWhile(tools => shape.TryRead(Encoding.UTF8.GetBytes($"{{\"model\":\"m\",\"input\":\"a\",{tools}}}"), out _) is null).Last();
        Assert.Equal(Expected, shape.ReadUsage(Encoding.UTF8.GetBytes($"{{\"output\":[],{tools},{Usage}}}")));
        var repeated = Completed.Replace("\"id\":\"resp_1\"", tools);
        Assert.Equal(Expected, Run(Encoding.UTF8.GetBytes(Created + Delta + repeated), []).Filter.Usage);

        // Before its type too.
        Assert.Equal(Expected, Run(Encoding.UTF8.GetBytes($"data: {{\"response\":{{{tools},{Usage}}},\"type\":\"response.completed\"}}\n\n"), []).Filter.Usage);

        static string ToolsOf(int depth) =>
            $"\"tools\":[{{\"type\":\"function\",\"parameters\":{string.Concat(Enumerable.Repeat("{\"a\":", depth))}1{new string('}', depth)}}}]";
    }

    [Fact]
    public void Last_event_states_usage_however_long_its_answer_is()
    {
        var long_ = Completed.Replace("\"id\":\"resp_1\"", "\"id\":\"" + new string('x', 3_000_000) + "\"");
        var bytes = Encoding.UTF8.GetBytes(Created + Delta + long_);
        var (filter, passed) = Run(bytes, [.. Enumerable.Range(1, 200).Select(piece => piece * 16_000)]);
        Assert.Equal((Expected, bytes.Length), (filter.Usage, passed.Length));
    }

    [Theory]
    [InlineData(Created + Delta + Failed, true)]
    [InlineData(Created + Delta + Error, true)]
    [InlineData(Created + Error, true)]
    [InlineData(Created + InProgress + Delta + Completed, false)]
    [InlineData("data: {\"type\":\"response.output_text.delta\",\"delta\":\"\\\"type\\\":\\\"error\\\"\"}\n\n" + Completed, false)]
    public void Error_anywhere_in_a_stream_is_seen(string stream, bool failed) => Assert.Equal(failed, Run(Encoding.UTF8.GetBytes(stream), []).Filter.HasFailed);

    [Theory]
    [InlineData(Created + InProgress + ": comment\n\nevent: keepalive\ndata: {\"type\":\"keepalive\",\"sequence_number\":3}\n\n", false)]
    [InlineData(Created + "event: keepalive\ndata: {\"type\":\"keepalive\",\"sequence_number\":3}\n\n" + Delta, true)]
    public void What_keeps_the_line_open_is_no_token(string stream, bool hasToken) => Assert.Equal(hasToken, Run(Encoding.UTF8.GetBytes(stream), []).Filter.HasToken);

    [Theory]
    [InlineData(Created + InProgress, "Waiting")]
    [InlineData("data: {\"sequence_number\":0,\"type\":\"response.queued\"}\n\n", "Waiting")]
    [InlineData(Created + InProgress + Error, "Failed")]
    [InlineData(Created + Failed, "Failed")]
    [InlineData(Created + "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"item\":{\"type\":\"reasoning\"}}\n\n" + Error, "Begun")]
    [InlineData(Created + Delta + Error, "Begun")]
    [InlineData(": keep-alive\n\n", "Begun")]
    [InlineData("data: [DONE]\n\n", "Begun")]
    [InlineData("data: {\"type\":1}\n\n", "Begun")]
    [InlineData("data: {\"\\ud800\":\n\n", "Begun")]
    public void Opening_ends_with_what_is_generated_or_with_an_error(string stream, string opening) =>
        Assert.Equal(Enum.Parse<StreamOpening>(opening), Run(Encoding.UTF8.GetBytes(stream), []).Filter.Opening);

    [Theory]
    [InlineData("{" + Usage + "}", "12 5 57 9 3")]
    [InlineData("""{"output":[{"usage":{"input_tokens":1,"output_tokens":1}}],"usage":{"input_tokens":10,"output_tokens":5}}""", "10 0 5 0 0")]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5,"input_tokens_details":null,"output_tokens_details":{"reasoning_tokens":null}}}""", "10 0 5 0 0")]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5,"input_tokens_details":{"cached_tokens":6,"cache_write_tokens":5}}}""", "")]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5,"output_tokens_details":{"reasoning_tokens":6}}}""", "")]
    [InlineData("""{"usage":{"input_tokens":10.5,"output_tokens":5}}""", "")]
    [InlineData("""{"usage":null}""", "")]
    [InlineData("""{"response":{"usage":{"input_tokens":10,"output_tokens":5}}}""", "")]
    [InlineData("[]", "")]
    public void Plain_answer_states_its_usage_or_none(string body, string expected)
    {
        var usage = new ResponsesShape().ReadUsage(Encoding.UTF8.GetBytes(body));
        Assert.Equal(expected, usage is { } known ? $"{known.Input} {known.CachedInput} {known.Output} {known.Reasoning} {known.CacheWrite}" : "");
    }

    private static (StreamFilter Filter, byte[] Passed) Run(byte[] bytes, int[] cuts)
    {
        var filter = new ResponsesShape().NewStreamFilter(new ResponsesRequest([]) { Stream = true });
        var output = new ArrayBufferWriter<byte>();
        var last = 0;
        foreach (var cut in cuts.Where(cut => cut <= bytes.Length).Order().Append(bytes.Length))
        {
            filter.Feed(bytes.AsSpan(last..cut), output);
            last = cut;
        }

        filter.End(output);
        return (filter, output.WrittenSpan.ToArray());
    }
}
