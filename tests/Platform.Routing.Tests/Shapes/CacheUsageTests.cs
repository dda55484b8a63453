using System.Text;
using Platform.Routing.Calls;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shapes.Responses;

namespace Platform.Routing.Tests.Shapes;

/// <summary>What proxies that front Anthropic state of caches, each in its own way.</summary>
public sealed class CacheUsageTests
{
    // Usage → input, cached, output, written for minutes, of these for how long is not told, written for an hour; and what only the total has of output.
    [Theory]
    // LiteLLM: of the details and beside them, once.
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"total_tokens":155,"prompt_tokens_details":{"text_tokens":100,"cached_tokens":20,"cache_creation_tokens":10,"cache_creation_token_details":{"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":3}},"cache_creation_input_tokens":10,"cache_read_input_tokens":20}""", "100 20 25 7 0 3 0")]
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"total_tokens":155,"prompt_tokens_details":{"cached_tokens":20,"cache_write_tokens":10,"cache_creation_tokens":10,"cache_creation_token_details":null},"cache_creation_input_tokens":10,"cache_read_input_tokens":20}""", "100 20 25 10 10 0 0")]
    [InlineData("""{"prompt_tokens":17,"completion_tokens":5,"total_tokens":22,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0,"cache_creation_tokens":0,"cache_creation_token_details":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}},"cache_creation_input_tokens":0,"cache_read_input_tokens":0}""", "17 0 5 0 0 0 0")]
    // And before it told of them in the details.
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"total_tokens":155,"prompt_tokens_details":{"cached_tokens":20},"cache_creation_input_tokens":10,"cache_read_input_tokens":20}""", "100 20 25 10 10 0 0")]
    // Only writes: the details tell of these alone, or of no reads.
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"total_tokens":155,"prompt_tokens_details":{"cached_tokens":null,"cache_creation_tokens":10},"cache_creation_input_tokens":10}""", "120 0 25 10 10 0 0")]
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"prompt_tokens_details":{"cache_creation_tokens":10},"cache_creation_input_tokens":10}""", "120 0 25 10 10 0 0")]
    // OpenRouter.
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"total_tokens":155,"prompt_tokens_details":{"cached_tokens":20,"cache_write_tokens":10,"audio_tokens":0}}""", "100 20 25 10 10 0 0")]
    // Alibaba.
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"total_tokens":155,"prompt_tokens_details":{"cached_tokens":20,"cache_creation_input_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":10},"cache_type":"ephemeral"}}""", "100 20 25 10 0 0 0")]
    // Anthropic's own split.
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"prompt_tokens_details":{"cached_tokens":0},"cache_creation_input_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":3}}""", "120 0 25 7 0 3 0")]
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"cache_creation":{"ephemeral_1h_input_tokens":10}}""", "120 0 25 0 0 10 0")]
    // A split that leaves some of it open.
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"prompt_tokens_details":{"cache_creation_tokens":10,"cache_creation_token_details":{"ephemeral_1h_input_tokens":0}}}""", "120 0 25 10 10 0 0")]
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"prompt_tokens_details":{"cache_creation_tokens":10,"cache_creation_token_details":{"ephemeral_1h_input_tokens":4}}}""", "120 0 25 6 6 4 0")]
    // Portkey: on top of the input, as Anthropic counts it, and in the total, which is no output then.
    [InlineData("""{"prompt_tokens":100,"completion_tokens":25,"total_tokens":9155,"cache_read_input_tokens":9000,"cache_creation_input_tokens":30}""", "100 9000 25 30 30 0 0")]
    [InlineData("""{"prompt_tokens":9100,"completion_tokens":25,"total_tokens":18125,"cache_read_input_tokens":9000,"cache_creation_input_tokens":0}""", "9100 9000 25 0 0 0 0")]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":25,"total_tokens":145,"prompt_tokens_details":{"cached_tokens":20},"cache_read_input_tokens":20}""", "100 20 25 0 0 0 0")]
    // Likewise without a total, or with one that leaves them out.
    [InlineData("""{"prompt_tokens":5000,"completion_tokens":25,"cache_read_input_tokens":2000,"cache_creation_input_tokens":30}""", "5000 2000 25 30 30 0 0")]
    [InlineData("""{"prompt_tokens":5000,"completion_tokens":25,"total_tokens":5025,"cache_read_input_tokens":2000,"prompt_tokens_details":{"cached_tokens":null}}""", "5000 2000 25 0 0 0 0")]
    // As the input shows, that is less.
    [InlineData("""{"prompt_tokens":100,"completion_tokens":25,"prompt_tokens_details":{"cached_tokens":9000},"cache_read_input_tokens":9000,"cache_creation_input_tokens":30}""", "100 9000 25 30 30 0 0")]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":25,"prompt_tokens_details":{"cached_tokens":20},"cache_creation_input_tokens":90}""", "80 20 25 90 90 0 0")]
    // What the total has besides is output still.
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"total_tokens":165,"cache_read_input_tokens":20}""", "130 20 35 0 0 0 10")]
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"total_tokens":185,"cache_read_input_tokens":20}""", "130 20 35 0 0 0 10")]
    // Contradictions: parts above the whole, and no counts.
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"prompt_tokens_details":{"cache_creation_tokens":10,"cache_creation_token_details":{"ephemeral_1h_input_tokens":11}}}""", "")]
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"prompt_tokens_details":{"cached_tokens":100,"cache_creation_tokens":31}}""", "")]
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"cache_creation_input_tokens":"ten"}""", "")]
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"cache_creation":{"ephemeral_1h_input_tokens":-1}}""", "")]
    [InlineData("""{"prompt_tokens":130,"completion_tokens":25,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"cache_creation":[{"a":1}]}""", "130 0 25 0 0 0 0")]
    public void What_caches_read_and_were_written_is_counted_once(string usage, string expected)
    {
        Assert.Equal(expected, Shown(ChatUsage.Read(Encoding.UTF8.GetBytes($"{{\"usage\":{usage}}}"), out _)));
        var response = usage.Replace("prompt_tokens", "input_tokens", StringComparison.Ordinal).Replace("completion_tokens", "output_tokens", StringComparison.Ordinal);
        Assert.Equal(expected, Shown(ResponsesUsage.OfResponse(Encoding.UTF8.GetBytes($"{{\"usage\":{response}}}"))));
    }

    [Theory]
    [InlineData("""{"input_tokens":100,"output_tokens":25,"cache_creation_input_tokens":10}""", "100 0 25 10 10 0 0")]
    [InlineData("""{"input_tokens":100,"output_tokens":25,"cache_creation_input_tokens":10,"cache_creation":null}""", "100 0 25 10 10 0 0")]
    [InlineData("""{"input_tokens":100,"output_tokens":25,"cache_creation_input_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":0}}""", "100 0 25 10 0 0 0")]
    public void Message_without_a_split_leaves_open_for_how_long_its_writes_are_kept(string usage, string expected) =>
        Assert.Equal(expected, Shown(new MessagesShape().ReadUsage(Encoding.UTF8.GetBytes($"{{\"usage\":{usage}}}"))));

    [Theory]
    [InlineData("""{"messages":[{"content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}""", true)]
    [InlineData("""{"tools":[{"name":"t","cache_control":{"ttl":"\u0031h","type":"ephemeral"}}],"messages":[]}""", true)]
    [InlineData("""{"cache_control":{"type":"ephemeral","ttl":"1h"},"messages":[]}""", true)]
    [InlineData("""{"a":[{"cache_control":null},{"cache_control":"x"},{"cache_control":{"type":"ephemeral"}},{"cache_control":{"ttl":{"b":1}}},{"cache_contro\u006c":{"ttl":"1h"}}]}""", true)]
    [InlineData("""{"cache_control_injection_points":[{"location":"message","control":{"type":"ephemeral","ttl":"1h"}}]}""", true)]
    [InlineData("""{"cache_control":{"type":"ephemeral","ttl":"5m"},"ttl":"1h"}""", false)]
    [InlineData("""{"messages":[{"content":"\"cache_control\":{\"ttl\":\"1h\"}"}],"tools":[{"input":{"ttl":"1h"}}]}""", false)]
    [InlineData("""{"cache_control":{"ttl":5,"b":["1h"]},"c":[]}""", false)]
    [InlineData("{}", false)]
    // What ends in its middle is not known to say nothing of it.
    [InlineData("""{"messages":[""", true)]
    public void Request_says_whether_anything_of_it_is_kept_for_an_hour(string body, bool isHour) => Assert.Equal(isHour, CacheLife.IsHour(Encoding.UTF8.GetBytes(body)));

    private static string Shown(CallUsage? read) =>
        read is { } usage ? $"{usage.Input} {usage.CachedInput} {usage.Output} {usage.CacheWrite} {usage.UntoldWrites} {usage.CacheWriteHour} {usage.BesideOutput}" : "";
}
