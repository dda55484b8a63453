using System.Buffers;
using System.Text;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shapes.Responses;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Shapes;

/// <summary>How a tier of service is asked for, and where answers tell the one that they were served at.</summary>
public sealed class ServiceTierTests
{
    [Theory]
    // The target's tier; the caller's field; what goes upstream.
    [InlineData("flex", "", ",\"service_tier\":\"flex\"")]
    [InlineData("flex", ",\"service_tier\":\"flex\"", ",\"service_tier\":\"flex\"")]
    [InlineData("priority", ",\"service_tier\": \"flex\"", ",\"service_tier\": \"priority\"")]
    [InlineData("priority", ",\"service\\u005ftier\":null", ",\"service\\u005ftier\":\"priority\"")]
    [InlineData("standard", "", "")]
    [InlineData("standard", ",\"service_tier\":\"auto\"", ",\"service_tier\":\"auto\"")]
    [InlineData("contract", ",\"service_tier\":\"flex\"", ",\"service_tier\":\"flex\"")]
    [InlineData("scale", "", "")]
    [InlineData("standard at OpenAI", "", ",\"service_tier\":\"default\"")]
    [InlineData("standard at OpenAI", ",\"service_tier\":\"auto\"", ",\"service_tier\":\"default\"")]
    [InlineData("standard at OpenAI", ",\"service_tier\":null", ",\"service_tier\":\"default\"")]
    [InlineData("standard at OpenAI", ",\"service_tier\":\"default\"", ",\"service_tier\":\"default\"")]
    [InlineData("standard at OpenAI", ",\"service_tier\":\"flex\"", ",\"service_tier\":\"flex\"")]
    [InlineData("scale at OpenAI", "", "")]
    public void What_the_target_says_goes_before_what_the_caller_does(string tier, string said, string sent)
    {
        var words = tier.Split(" at ");
        var target = Routes.Target("m") with { ServiceTier = words[0], TakesDefaultTier = words.Length > 1 };
        // A field that was there stays where it is; a new one comes last.
        var (before, after) = said.Length > 0 ? (sent, "") : ("", sent);
        Assert.Equal($$"""{"model":"m"{{before}},"messages":[],"max_tokens":7{{after}}}""", Sent(new ChatShape(), $$"""{"model":"m"{{said}},"messages":[],"max_tokens":7}"""));
        Assert.Equal($$"""{"model":"m"{{before}},"input":"a","max_output_tokens":7{{after}}}""", Sent(new ResponsesShape(), $$"""{"model":"m"{{said}},"input":"a","max_output_tokens":7}"""));

        string Sent(WireShape shape, string body)
        {
            Assert.Null(shape.TryRead(Encoding.UTF8.GetBytes(body), out var request));
            return Encoding.UTF8.GetString(request.ToUpstream(target, 7));
        }
    }

    [Fact]
    public void Nothing_is_asked_of_Anthropic()
    {
        var target = Routes.Target("m", Routes.OpenAi with { Kind = ProviderKind.Anthropic }) with { ServiceTier = "priority" };
        const string body = """{"model":"m","max_tokens":7,"messages":[],"service_tier":"standard_only"}""";
        Assert.Null(new MessagesShape().TryRead(Encoding.UTF8.GetBytes(body), out var request));
        Assert.Equal(body, Encoding.UTF8.GetString(request.ToUpstream(target, 7)));
    }

    [Theory]
    [InlineData("chat", """{"service_tier":"flex","usage":{"prompt_tokens":1,"completion_tokens":2}}""", "flex")]
    [InlineData("chat", """{"usage":{"prompt_tokens":1,"completion_tokens":2},"service_tier":"default"}""", "standard")]
    [InlineData("chat", """{"usage":{"prompt_tokens":1,"completion_tokens":2,"service_tier":"flex"},"service_tier":null}""", null)]
    [InlineData("chat", """{"usage":{"prompt_tokens":1,"completion_tokens":2},"service_tier":{"a":[1]}}""", null)]
    [InlineData("responses", """{"service_tier":"priority","output":[{"service_tier":"flex"}],"usage":{"input_tokens":1,"output_tokens":2},"x":1}""", "priority")]
    [InlineData("responses", """{"usage":{"input_tokens":1,"output_tokens":2},"service_tier":"ultrafast"}""", "ultrafast")]
    [InlineData("messages", """{"usage":{"input_tokens":1,"output_tokens":2,"service_tier":"priority"}}""", "priority")]
    [InlineData("messages", """{"usage":{"input_tokens":1,"output_tokens":2},"service_tier":"priority"}""", null)]
    public void A_plain_answer_tells_its_tier(string shape, string answer, string? tier)
    {
        var usage = ShapeOf(shape).ReadUsage(Encoding.UTF8.GetBytes(answer));
        Assert.Equal((2, tier), (usage!.Value.Output, usage.Value.Tier));
    }

    [Theory]
    // The last word counts; where the chunk with the usage has none, the stream's first does.
    [InlineData("chat", """{"service_tier":"flex","choices":[{}]}""", """{"service_tier":"flex","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}""", "flex")]
    [InlineData("chat", """{"service_tier":"auto","choices":[{}]}""", """{"service_tier":"default","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}""", "standard")]
    [InlineData("chat", """{"service_tier":"flex","choices":[{}]}""", """{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}""", "flex")]
    [InlineData("chat", """{"choices":[{"delta":{"content":"\"service_tier\":\"flex\""}}]}""", """{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}""", null)]
    [InlineData("responses", """{"type":"response.created","response":{"service_tier":"auto","usage":null}}""", """{"type":"response.completed","response":{"service_tier":"flex","usage":{"input_tokens":1,"output_tokens":2}}}""", "flex")]
    [InlineData("messages", """{"type":"message_start","message":{"usage":{"input_tokens":1,"output_tokens":1,"service_tier":"priority"}}}""", """{"type":"message_delta","usage":{"output_tokens":2}}""", "priority")]
    public void A_stream_tells_its_tier(string shape, string first, string last, string? tier)
    {
        Assert.Null(new ChatShape().TryRead("""{"model":"m","messages":[],"stream":true}"""u8.ToArray(), out var request));
        var filter = ShapeOf(shape).NewStreamFilter(request);
        filter.Feed(Encoding.UTF8.GetBytes($"data: {first}\n\ndata: {last}\n\n"), new ArrayBufferWriter<byte>());
        Assert.Equal((2, tier), (filter.Usage!.Value.Output, filter.Usage.Value.Tier));
    }

    private static WireShape ShapeOf(string name) => name switch { "chat" => new ChatShape(), "responses" => new ResponsesShape(), _ => new MessagesShape() };
}
