using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Platform.Routing.Calls;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Tests.Shapes.Messages;

public sealed class MessagesAnswerTests
{
    private const string Start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":11,\"cache_creation_input_tokens\":9,\"cache_read_input_tokens\":3,\"cache_creation\":{\"ephemeral_5m_input_tokens\":4,\"ephemeral_1h_input_tokens\":5},\"output_tokens\":1}}}\n\n";
    private const string Text = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\\"usage\\\":{\\\"message_delta\\\"} é😀\"}}\n\n";
    private const string Tool = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\",\"id\":\"usage\",\"name\":\"message_delta\"}}\n\n";
    private const string Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
    private const string Delta = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":57}}\n\n";
    private const string Overloaded = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    private const string Stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private static readonly CallUsage Expected = new(11, 3, 57, 0, 4, 5);

    [Fact]
    public void Stream_is_passed_as_it_is_and_its_usage_known_at_its_end_however_it_is_split()
    {
        var bytes = Encoding.UTF8.GetBytes(Start + Ping + Tool + Text + Delta + Stop);
        Gen.Int[0, bytes.Length].Array[0, 12].Sample(cuts =>
        {
            var (usage, passed) = Run(bytes, cuts);
            Assert.Equal(Expected, usage);
            Assert.Equal(bytes, passed);
        });
    }

    [Theory]
    [InlineData(Start + Ping + Text)]
    [InlineData(Start + Tool)]
    [InlineData(Delta + Stop)]
    [InlineData(Start + Text + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n")]
    [InlineData(Start + "data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":-1}}\n\n")]
    [InlineData(Start + "data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":9000000000000000000}}\n\n")]
    [InlineData(Start + "data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":5,\"cache_creation_input_tokens\":10}}\n\n")]
    [InlineData(Start + "data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":5\n\n")]
    [InlineData("data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":\"7 \"}}}\n\n" + Delta)]
    public void Stream_that_breaks_off_or_contradicts_itself_has_no_usage(string stream) => Assert.Null(Run(Encoding.UTF8.GetBytes(stream), []).Usage);

    [Theory]
    [InlineData(Start + Text + Delta + Overloaded, true)]
    [InlineData(Overloaded, true)]
    [InlineData(Start + Ping + Text + Delta + Stop, false)]
    [InlineData(Start + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\",\"name\":\"error\"}}\n\n" + Delta + Stop, false)]
    public void Error_anywhere_in_a_stream_is_seen(string stream, bool failed)
    {
        var filter = new MessagesStreamFilter();
        filter.Feed(Encoding.UTF8.GetBytes(stream), new ArrayBufferWriter<byte>());
        Assert.Equal(failed, filter.HasFailed);
    }

    [Fact]
    public void Later_figures_replace_earlier_ones()
    {
        const string later = "data: {\"type\":\"message_delta\",\"usage\":{\"input_tokens\":20,\"cache_read_input_tokens\":null,\"output_tokens\":60}}\n\n";
        Assert.Equal(new CallUsage(20, 3, 60, 0, 4, 5), Run(Encoding.UTF8.GetBytes(Start + Delta + later), []).Usage);
    }

    [Theory]
    [InlineData("\"us\"", "us")]
    [InlineData("\"global\"", "")]
    [InlineData("\"not_available\"", null)]
    [InlineData("null", null)]
    [InlineData("{\"a\":[1]}", null)]
    public void Usage_tells_the_region_in_a_message_and_in_a_stream(string value, string? region)
    {
        var geo = $"\"usage\":{{\"inference_geo\":{value},";
        var plain = $"{{{geo}\"input_tokens\":10,\"output_tokens\":5}}}}";
        Assert.Equal(new CallUsage(10, 0, 5, 0) { Region = region }, new MessagesShape().ReadUsage(Encoding.UTF8.GetBytes(plain)));
        var stream = Start.Replace("\"usage\":{", geo, StringComparison.Ordinal) + Text + Delta + Stop;
        Assert.Equal(Expected with { Region = region }, Run(Encoding.UTF8.GetBytes(stream), []).Usage);
    }

    [Theory]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5}}""", "10 0 5 0 0")]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5,"cache_creation_input_tokens":7,"cache_read_input_tokens":2}}""", "10 2 5 7 0")]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_1h_input_tokens":7,"ephemeral_5m_input_tokens":0}}}""", "10 0 5 0 7")]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":7}}}""", "10 0 5 0 7")]
    [InlineData("""{"content":[],"stop_reason":"max_tokens","usage":{"input_tokens":10,"output_tokens":0,"cache_creation_input_tokens":7}}""", "10 0 0 7 0")]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5,"cache_creation":null,"server_tool_use":{"web_search_requests":0}}}""", "10 0 5 0 0")]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5,"cache_creation_input_tokens":3,"cache_creation":{"ephemeral_1h_input_tokens":7}}}""", "")]
    [InlineData("""{"usage":{"output_tokens":5}}""", "")]
    [InlineData("""{"usage":[]}""", "")]
    [InlineData("""{"content":[{"usage":{"input_tokens":10,"output_tokens":5}}]}""", "")]
    [InlineData("""{"usage":{"input_tokens":10,"output_tokens":5}""", "")]
    [InlineData("[]", "")]
    [InlineData("", "")]
    public void Usage_of_a_message_is_its_kinds_apart_or_nothing(string answer, string expected) => Assert.Equal(
        expected, new MessagesShape().ReadUsage(Encoding.UTF8.GetBytes(answer)) is { } usage ? $"{usage.Input} {usage.CachedInput} {usage.Output} {usage.CacheWrite} {usage.CacheWriteHour}" : "");

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(402, "billing_error")]
    [InlineData(403, "permission_error")]
    [InlineData(404, "not_found_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(502, "api_error")]
    [InlineData(503, "overloaded_error")]
    [InlineData(504, "timeout_error")]
    public void Error_of_the_gateway_has_the_documented_type_and_its_own_code(int status, string type)
    {
        var body = JsonElement.Parse(new MessagesShape().ToErrorBody(new ApiError(status, "any", "wallet_exhausted", "why", null)));
        Assert.Equal($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"why","code":"wallet_exhausted"}}""", body.GetRawText());
    }

    [Theory]
    [InlineData(Start + Ping + Ping + Ping + Tool, false)]
    [InlineData(": comment\n\n" + Start, false)]
    [InlineData(Start + Ping + Ping + Text, true)]
    [InlineData("data: {\"type\":\"content_block_delta\"}\n\n", true)]
    public void Pings_and_openings_are_no_token(string stream, bool hasToken)
    {
        var filter = new MessagesStreamFilter();
        filter.Feed(Encoding.UTF8.GetBytes(stream), new ArrayBufferWriter<byte>());
        Assert.Equal(hasToken, filter.HasToken);
    }

    [Theory]
    [InlineData(Start, nameof(StreamOpening.Waiting))]
    [InlineData(Start + Ping + Tool, nameof(StreamOpening.Waiting))]
    [InlineData(Start + Ping + Ping, nameof(StreamOpening.Begun))]
    [InlineData(Start + Tool + Text, nameof(StreamOpening.Begun))]
    [InlineData(Start + Delta, nameof(StreamOpening.Begun))]
    [InlineData(Start + Ping + Overloaded, nameof(StreamOpening.Failed))]
    [InlineData(Overloaded, nameof(StreamOpening.Failed))]
    [InlineData("\uFEFF" + Overloaded, nameof(StreamOpening.Failed))]
    [InlineData("event: error\rdata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\r\r", nameof(StreamOpening.Failed))]
    [InlineData(Start + Text + Overloaded, nameof(StreamOpening.Begun))]
    [InlineData("data: nonsense\n\n", nameof(StreamOpening.Begun))]
    public void First_events_show_whether_the_answer_has_begun(string stream, string opening)
    {
        var filter = new MessagesStreamFilter();
        filter.Feed(Encoding.UTF8.GetBytes(stream), new ArrayBufferWriter<byte>());
        Assert.Equal(opening, filter.Opening.ToString());
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[]}""", "m", null)]
    [InlineData("""{"messages":[]}""", "", "'model' is missing: name the model that is to serve this. GET /v1/models lists those that there are.")]
    [InlineData("""{"model":null}""", "", "'model' must be a string: the name of a model. GET /v1/models lists those that there are.")]
    [InlineData("", "", "The body is empty. Send the request in it, as a JSON object.")]
    [InlineData("""{"model":"m","model":"n"}""", "n", "The field 'model' stands there twice.")]
    [InlineData("""[1]""", "", "The body must be a JSON object.")]
    [InlineData("""{"model":"m"} x""", "m", "The body is not valid JSON (line 1, byte 14).")]
    public void Question_how_many_tokens_there_are_names_its_model_alone(string body, string model, string? problem)
    {
        var error = CountRequest.TryRead(Encoding.UTF8.GetBytes(body), out var request);
        Assert.Equal((model, problem), (request.Model, error?.Message));
    }

    private static (CallUsage? Usage, byte[] Passed) Run(byte[] bytes, int[] cuts)
    {
        var filter = new MessagesStreamFilter();
        var output = new ArrayBufferWriter<byte>();
        var from = 0;
        foreach (var cut in cuts.Order().Append(bytes.Length))
        {
            filter.Feed(bytes.AsSpan(from, cut - from), output);
            from = cut;
        }

        filter.End(output);
        return (filter.Usage, output.WrittenSpan.ToArray());
    }
}
