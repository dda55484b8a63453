using System.Text;
using Platform.Routing.Choosing;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Shapes.Messages;

public sealed class MessagesRequestTests
{
    private static readonly RouteTarget Haiku = Routes.Target("claude-haiku-4-5", Routes.OpenAi with { Name = "anthropic", Kind = ProviderKind.Anthropic });

    [Theory]
    // Body, cap → what goes upstream. M stands for "messages":[].
    [InlineData("""{"model":"claude-haiku-4-5","max_tokens":0,M}""", 0, """{"model":"claude-haiku-4-5","max_tokens":0,M}""")]
    [InlineData("""{"model":"fast","max_tokens":0,M}""", 0, """{"model":"claude-haiku-4-5","max_tokens":0,M}""")]
    [InlineData("""{"model":"claude-haiku-4-5","max_tokens":7,M}""", 7, """{"model":"claude-haiku-4-5","max_tokens":7,M}""")]
    [InlineData("""{"max_tokens": 99999 ,"model" : "fast",M , "x":1.0E+0}""", 64000, """{"max_tokens": 64000 ,"model" : "claude-haiku-4-5",M , "x":1.0E+0}""")]
    [InlineData("""{"max\u005ftokens":9,"mod\u0065l":"fast",M}""", 9, """{"max\u005ftokens":9,"mod\u0065l":"claude-haiku-4-5",M}""")]
    public void Rewrite_changes_the_model_and_the_cap_and_nothing_else(string body, long cap, string expected)
    {
        Assert.Null(Read(Full(body), out var request));
        Assert.Equal(Full(expected), Encoding.UTF8.GetString(request.ToUpstream(Haiku, cap)));
    }

    [Theory]
    [InlineData("", "INVALID_ARGUMENT")]
    [InlineData("[]", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":null,M}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":-1,M}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,"max_tokens":9999,M}""", "INVALID_ARGUMENT")]
    [InlineData("""{"max_tokens":1,M}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":["a"]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,"stream":1,M}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m\ud800","max_tokens":1,M}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,M,"tools":[{"type":"web_search_20250305","name":"web_search"}]}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"tools":[{"name":"f","input_schema":{}},{"type":"code_execution_20250825"}]}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"mcp_servers":[{"url":"x"}]}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"container":"c"}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"service_tier":"priority"}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"speed":"fast"}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"Speed":"fast"}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,"Max_Tokens":9999,M}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,M,"max_output_tokens":9999}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"mcpServers":[{"url":"x"}]}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"fallbacks":["dearer"]}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"tools":[{"name":"f","Type":"web_search_20250305"}]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a","Content":[{"type":"document"}]}]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,M,"context_management":{"Edits":[{"type":"compact_20260112"}]}}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,M,"n":8}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"tools":[{"name":"f","input_schema":{},"google_search":{}}]}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":{"type":"document","source":{"type":"url","url":"u"}}}]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,M,"tools":{"type":"web_search_20250305","name":"web_search"}}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,M,"tools":["web_search"]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,M,"outputConfig":{"format":{"type":"json_schema"}}}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"a","Citations":{"enabled":true}}]}]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,M,"inference_geo":"eu"}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"inference_geo":["us"]}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","max_tokens":1,M,"inference_geo":"us","inference_geo":"global"}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","max_tokens":1,M,"context_management":{"edits":[{"type":"compact_20260112"}]}}""", "CONTENT_UNBOUNDED")]
    public void Read_refuses_what_it_cannot_understand_or_bound(string body, string code)
    {
        var error = Read(Full(body), out var request) ?? request.UnservedError;
        Assert.Equal((400, code), (error?.Status, error?.Code));
    }

    [Theory]
    [InlineData("\"us\"", "us")]
    [InlineData("\"global\"", "")]
    [InlineData("null", null)]
    public void Region_is_what_prices_name_so(string value, string? region)
    {
        Assert.Null(Read(Full($$"""{"model":"m","max_tokens":1,M,"inference_geo":{{value}}}"""), out var request));
        Assert.Equal(region, request.AskedRegion);
    }

    [Theory]
    [InlineData("""{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA"}}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"document","source":{"type":"url","url":"x"}}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"document","source":{"type":"file","file_id":"f"}}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"document","source":{"type":"content","content":[{"type":"video"}]}}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"image","source":{"type":"file","file_id":"f"}}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"image","source":{"type":"url","type":"base64","data":"AA"}}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"image"}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"text","source":{"type":"base64","data":"AA"}}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"text","type":"image","source":{"type":"base64","data":"AA"}}""", "INVALID_ARGUMENT")]
    [InlineData("""{"type":"image","source":{"type":"url","url":"x"},"source":{"type":"url","url":"x"}}""", "INVALID_ARGUMENT")]
    [InlineData("""{"type":"container_upload","file_id":"f"}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"text":"no type"}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"text","Type":"document","text":"a"}""", "INVALID_ARGUMENT")]
    [InlineData("""{"type":"image","source":{"type":"url","Type":"file","url":"x"}}""", "INVALID_ARGUMENT")]
    [InlineData("""{"type":"tool_result","content":[{"type":"document","source":{"type":"base64","data":"AA"}}]}""", "CONTENT_UNBOUNDED")]
    [InlineData("""{"type":"server_tool_use","name":"web_search"}""", "CONTENT_UNBOUNDED")]
    public void Read_refuses_a_block_that_cannot_be_bounded(string block, string code) => Assert.Equal(code, Read(Blocks(block), out _)?.Code);

    [Theory]
    // Block, bytes that are no text, images.
    [InlineData("""{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}""", 0, 0)]
    [InlineData("""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAAAAAA"}}""", 8, 1)]
    [InlineData("""{"source":{"data":"AAAA","type":"base64"},"type":"image"}""", 4, 1)]
    [InlineData("""{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}""", 0, 1)]
    [InlineData("""{"type":"tool_result","content":"x"}""", 0, 0)]
    [InlineData("""{"type":"tool_result","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","data":"AAAA"}}]}""", 4, 1)]
    [InlineData("""{"type":"document","source":{"type":"text","media_type":"text/plain","data":"counts as text"}}""", 0, 0)]
    [InlineData("""{"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}}""", 4, 1)]
    [InlineData("""{"type":"search_result","source":"https://example.com","content":[{"type":"text","text":"a"}]}""", 0, 0)]
    [InlineData("""{"type":"tool_use","id":"t","name":"f","input":{"type":"image","source":{"type":"base64","data":"AAAA"}}}""", 0, 0)]
    [InlineData("""{"type":"thinking","thinking":"a","signature":"b"}""", 0, 0)]
    public void Read_bounds_a_block_by_its_bytes_and_an_image_by_its_models_maximum(string block, int dataBytes, int images)
    {
        var body = Blocks(block);
        Assert.Null(Read(body, out var request));
        Assert.Equal(Encoding.UTF8.GetByteCount(body) - dataBytes + (images * 1_600), request.MaxInputTokensAt(Haiku));
    }

    [Fact]
    public void Read_adds_what_the_provider_describes_tools_with_and_takes_ordinary_fields()
    {
        var body = Full("""{"model":"m","max_tokens":1,M,"system":[{"type":"text","text":"s"}],"thinking":{"type":"enabled","budget_tokens":1024},"service_tier":"standard_only","speed":null,"tools":[{"name":"f"},{"type":"custom","name":"g"},{"type":"bash_20250124"},{"type":"text_editor_20250728"}],"context_management":{"edits":[{"type":"clear_tool_uses_20250919","trigger":{"type":"input_tokens","value":5}}]},"mcp_servers":null}""");
        Assert.Null(Read(body, out var request));
        Assert.Equal(body.Length + 1_060 + 245 + 700, request.MaxInputTokensAt(Haiku));
        Assert.Equal(346 + 245 + 700, request.TypicalTokensBesideText);
        Assert.Equal(((body.Length + 3) / 4) + 346 + 245 + 700, CallEstimate.InputTokens(request));
    }

    [Theory]
    // What the request has → the most tokens that its provider adds.
    [InlineData("""{"model":"m","max_tokens":1,M,"output_config":{"effort":"low","format":{"type":"json_schema","schema":{}}}}""", 1_060)]
    [InlineData("""{"model":"m","max_tokens":1,M,"output_format":{"type":"json_schema","schema":{}}}""", 1_060)]
    [InlineData("""{"model":"m","max_tokens":1,M,"output_format":{"type":"json_schema","schema":{}},"output_config":{"format":{"type":"json_schema","schema":{}}},"tools":[]}""", 2_120)]
    [InlineData("""{"model":"m","max_tokens":1,M,"output_format":null,"output_config":{"effort":"low","format":null}}""", 0)]
    [InlineData("""{"model":"m","max_tokens":1,M,"output_config":"low"}""", 0)]
    [InlineData("""{"model":"m","max_tokens":1,M,"n":1,"candidate_count":1}""", 0)]
    public void Read_counts_what_the_provider_says_of_the_answers_format(string body, int added)
    {
        body = Full(body);
        Assert.Null(Read(body, out var request));
        Assert.Equal(body.Length + added, request.MaxInputTokensAt(Haiku));
    }

    [Theory]
    [InlineData("""{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"a"}],"citations":{"enabled":true}}""", 1_060)]
    [InlineData("""{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"}]},"citations":{"enabled":true}},{"citations":{"enabled":1},"type":"search_result","content":[]}""", 1_060)]
    [InlineData("""{"type":"document","source":{"type":"text","data":"a. b."},"citations":{"enabled":false}}""", 0)]
    [InlineData("""{"type":"document","source":{"type":"text","data":"a. b."},"citations":null}""", 0)]
    [InlineData("""{"type":"text","text":"a","citations":[{"type":"char_location","cited_text":"b"}]}""", 0)]
    public void Read_counts_what_the_provider_says_of_citations(string blocks, int added)
    {
        var body = Blocks(blocks);
        Assert.Null(Read(body, out var request));
        Assert.Equal((null, body.Length + added), (request.BoundByContext, request.MaxInputTokensAt(Haiku)));
    }

    [Theory]
    [InlineData("""{"type":"document","source":{"type":"text","data":"a. b. c."},"citations":{"enabled":true}}""", 4)]
    [InlineData("""{"type":"tool_result","content":[{"citations":{"x":1,"enabled":true},"type":"document","source":{"data":"a! b? c\u002e\n","type":"text"}}]}""", 5)]
    [InlineData("""{"type":"document","source":{"type":"text","data":"一。二！三？四．"},"citations":{"enabled":true}}""", 5)]
    [InlineData("""{"type":"document","source":{"type":"text","data":"\u4e00\u3002\u4e8c"},"citations":{"enabled":true}}""", 2)]
    [InlineData("""{"type":"document","source":{"type":"text","data":"none"},"citations":{"enabled":true}}""", 1)]
    [InlineData("""{"type":"document","source":{"type":"content","content":"a. b."},"citations":{"enabled":true}}""", 3)]
    [InlineData("""{"type":"document","source":{"type":"text","data":"a."},"citations":{"enabled":true}},{"type":"document","source":{"type":"text","data":"b."},"citations":{"enabled":true}}""", 4)]
    public void Text_that_is_parted_into_sentences_counts_an_estimate_for_each(string blocks, int sentences)
    {
        var body = Blocks(blocks);
        Assert.Null(Read(body, out var request));
        var published = Encoding.UTF8.GetByteCount(body) + 1_060;
        Assert.Equal((null, published + (32 * sentences)), (request.BoundByContext, request.MaxInputTokensAt(Haiku)));

        // No more than the window has room for, and no less than without.
        Assert.Equal(published + 7, request.MaxInputTokensAt(Haiku with { ContextTokens = published + 7 }));
        Assert.Equal(published, request.MaxInputTokensAt(Haiku with { ContextTokens = 100 }));
        Assert.Equal(published + (32 * sentences), request.MaxInputTokensAt(Haiku with { ContextTokens = 200_000 }));
    }

    [Theory]
    [InlineData("""{"type":"document","source":{"type":"text","data":"a. b. c.","data":"a"},"citations":{"enabled":true}}""")]
    [InlineData("""{"type":"document","source":{"type":"content","content":"a. b. c.","content":[]},"citations":{"enabled":true}}""")]
    public void Source_has_one_content(string block) => Assert.Equal(400, Read(Blocks(block), out _)?.Status);

    private static string Full(string body) => body.Replace(",M", ",\"messages\":[]", StringComparison.Ordinal);

    private static string Blocks(string block) => $$"""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{{block}}]}]}""";

    private static Routing.Calls.ApiError? Read(string body, out MessagesRequest request) => MessagesRequestReader.TryRead(Encoding.UTF8.GetBytes(body), out request);
}
