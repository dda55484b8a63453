using System.Text;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Responses;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Shapes.Responses;

public sealed class ResponsesRequestTests
{
    private const string Code = "CONTENT_UNBOUNDED";

    private static readonly RouteTarget Target = Routes.Target("gpt-4o");
    private static readonly RouteTarget OfKnownContext = Target with { ContextTokens = 128_000 };

    [Theory]
    // Body, cap → what goes upstream.
    [InlineData("""{"model":"gpt-4o","input":"a","max_output_tokens":7}""", 7, """{"model":"gpt-4o","input":"a","max_output_tokens":7}""")]
    [InlineData("""{"max_output_tokens": 99999 ,"model" : "fast","input":[] , "x":1.0E+0}""", 64000, """{"max_output_tokens": 64000 ,"model" : "gpt-4o","input":[] , "x":1.0E+0}""")]
    [InlineData("""{"model":"gpt-4o","input":"a"} """, 9, """{"model":"gpt-4o","input":"a","max_output_tokens":9} """)]
    [InlineData("""{"max_output_tokens":null,"mod\u0065l":"fast","input":"a"}""", 9, """{"max_output_tokens":9,"mod\u0065l":"gpt-4o","input":"a"}""")]
    [InlineData("""{"model":"gpt-4o","input":"a","store":true,"truncation":"auto","max_tool_calls":3,"include":["reasoning.encrypted_content"],"max_output_tokens":7}""", 7, """{"model":"gpt-4o","input":"a","store":true,"truncation":"auto","max_tool_calls":3,"include":["reasoning.encrypted_content"],"max_output_tokens":7}""")]
    public void Rewrite_changes_the_model_and_the_cap_and_nothing_else(string body, long cap, string expected)
    {
        Assert.Null(Read(body, out var request));
        Assert.Equal(expected, Encoding.UTF8.GetString(request.ToUpstream(Target, cap)));
    }

    [Fact]
    public void Deployment_at_Azure_is_named_in_the_body()
    {
        Assert.Null(Read("""{"model":"gpt-4o","input":"a","max_output_tokens":7}""", out var request));
        var azure = Target with { Deployment = "prod", Provider = Target.Provider with { Kind = ProviderKind.AzureOpenAi } };
        Assert.Equal("""{"model":"prod","input":"a","max_output_tokens":7}""", Encoding.UTF8.GetString(request.ToUpstream(azure, 7)));
    }

    [Theory]
    [InlineData("", "INVALID_ARGUMENT")]
    [InlineData("[]", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m"}""", "INVALID_ARGUMENT")]
    [InlineData("""{"input":"a"}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":1}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":["a"]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","max_output_tokens":0}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","max_output_tokens":1,"max_output_tokens":9999}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","stream":1}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","instructions":[{"role":"developer"}]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m\ud800","input":"a"}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","background":true}""", Code)]
    [InlineData("""{"model":"m","input":"a","prompt":{"id":"pmpt_1"}}""", Code)]
    [InlineData("""{"model":"m","input":"a","context_management":[{"type":"compaction"}]}""", Code)]
    [InlineData("""{"model":"m","input":"a","prediction":{}}""", Code)]
    [InlineData("""{"model":"m","input":"a","service_tier":"priority"}""", Code)]
    [InlineData("""{"model":"m","input":"a","max_output_tokens":1,"Max_Output_Tokens":9999}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","maxOutputTokens":9999}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","max_tokens":9999}""", Code)]
    [InlineData("""{"model":"m","input":"a","Background":true}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","Prompt":{"id":"pmpt_1"}}""", Code)]
    [InlineData("""{"model":"m","input":"a","fallbacks":["dearer"]}""", Code)]
    [InlineData("""{"model":"m","input":"a","tools":[{"type":"function","Type":"web_search"}]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","tools":[{"google_search":{}}]}""", Code)]
    [InlineData("""{"model":"m","input":"a","tools":{"type":"web_search"}}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","tools":["web_search"]}""", "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","input":"a","n":128}""", Code)]
    [InlineData("""{"model":"m","input":"a","tools":[{"type":"function","name":"f","googleSearch":{}}]}""", Code)]
    [InlineData("""{"model":"m","input":"a","N":2}""", Code)]
    [InlineData("""{"model":"m","input":"a","tools":[{"type":"namespace","tools":[{"type":"namespace","tools":[{"type":"namespace","tools":[]}]}]}]}""", "INVALID_ARGUMENT")]
    public void Read_refuses_what_it_cannot_understand_or_bound(string body, string code)
    {
        var error = Read(body, out var request) ?? request.UnservedError;
        Assert.Equal((400, code), (error?.Status, error?.Code));
    }

    [Theory]
    [InlineData("web_search")]
    [InlineData("web_search_preview")]
    [InlineData("file_search")]
    [InlineData("code_interpreter")]
    [InlineData("computer")]
    [InlineData("computer_use_preview")]
    [InlineData("image_generation")]
    [InlineData("mcp")]
    [InlineData("shell")]
    [InlineData("tool_search")]
    [InlineData("programmatic_tool_calling")]
    public void Tool_that_runs_at_the_provider_is_refused_by_its_name(string type)
    {
        foreach (var tool in new[] { $$"""{"type":"{{type}}"}""", $$"""{"type":"function","name":"f"},{"x":1,"type":"{{type}}"}""", $$"""{"type":"namespace","tools":[{"type":"{{type}}"}]}""" })
        {
            var error = Read($$"""{"model":"m","input":"a","tools":[{{tool}}]}""", out _);
            Assert.Equal((Code, "tools"), (error?.Code, error?.Param));
            Assert.Contains($"'{type}'", error!.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    // Content, or an item → bytes that are no text, images.
    [InlineData("""{"role":"user","content":"é"}""", 0, 0)]
    [InlineData("""{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","detail":"high","image_url":"data:image/png;base64,AAAA"}]}""", 26, 1)]
    [InlineData("""{"role":"user","content":[{"type":"input_image","file_id":"file-1"},{"type":"input_image","image_url":"https://x/y.png"}]}""", 0, 2)]
    [InlineData("""{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]}""", 26, 1)]
    [InlineData("""{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"x"}""", 0, 0)]
    [InlineData("""{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]},{"type":"refusal","refusal":"no"}]}""", 0, 0)]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAAA"}""", 0, 0)]
    [InlineData("""{"type":"shell_call_output","output":[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":0}}]}""", 0, 0)]
    public void Items_are_bounded_by_their_bytes_and_images_by_what_is_published(string items, long besideText, int images)
    {
        var body = $$$"""{"model":"m","instructions":"b","input":[{{{items}}}],"tools":[{"type":"function","name":"f","parameters":{"type":"object"}},{"type":"custom","name":"g"},{"type":"namespace","tools":[{"type":"function"}]}]}""";
        Assert.Null(Read(body, out var request));
        Assert.Equal((besideText, images, null), (request.BytesBesideText, request.Images, request.BoundByContext));
        Assert.Equal(Encoding.UTF8.GetByteCount(body) - besideText + (images * 1445), request.MaxInputTokensAt(Target));
        Assert.Equal(request.MaxInputTokensAt(Target), request.MaxInputTokensAt(OfKnownContext));
    }

    [Theory]
    // What only the model's context window bounds.
    [InlineData("""{"model":"m","previous_response_id":"resp_1"}""")]
    [InlineData("""{"model":"m","input":"a","conversation":{"id":"conv_1"}}""")]
    [InlineData("""{"model":"m","input":[{"type":"item_reference","id":"msg_1"}]}""")]
    [InlineData("""{"model":"m","input":[{"id":"msg_1"}]}""")]
    [InlineData("""{"model":"m","input":[{"type":null,"id":"msg_1"}]}""")]
    [InlineData("""{"model":"m","input":[{"type":"reasoning","id":"rs_1","summary":[]}]}""")]
    [InlineData("""{"model":"m","input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":null}]}""")]
    [InlineData("""{"model":"m","input":[{"type":"reasoning","id":"rs_1","encrypted_content":""}]}""")]
    [InlineData("""{"model":"m","input":[{"type":"compaction","encrypted_content":"gA"}]}""")]
    [InlineData("""{"model":"m","input":[{"type":"web_search_call","id":"ws_1"}]}""")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_data":"data:application/pdf;base64,AAAA"}]}]}""")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_id":"file-1"}]}]}""")]
    [InlineData("""{"model":"m","input":"a","tools":[{"type":"apply_patch"}]}""")]
    public void Reference_and_file_are_bounded_by_the_context_window_or_by_nothing(string body)
    {
        Assert.Null(Read(body, out var request));
        Assert.NotNull(request.BoundByContext);
        Assert.Null(request.MaxInputTokensAt(Target));
        Assert.Equal(128_000, request.MaxInputTokensAt(OfKnownContext));
    }

    [Theory]
    [InlineData("""{"type":"configuration_update","tools":[]}""")]
    [InlineData("""{"type":"compaction_trigger"}""")]
    [InlineData("""{"type":"additional_tools","tools":[{"type":"web_search"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA"}}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_text","text":"a","image_url":"https://x"}]}""")]
    [InlineData("""{"role":"user","content":[{"file_id":"file-1"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","image_url":"data:application/pdf;base64,AA"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","image_url":"https://x","detail":"original"}]}""")]
    public void Item_or_part_that_may_be_billed_otherwise_is_refused(string item) =>
        Assert.Equal(Code, Read($$"""{"model":"m","input":[{{item}}]}""", out _)?.Code);

    [Theory]
    [InlineData("""{"type":"message","type":"item_reference","id":"m"}""")]
    [InlineData("""{"type":"reasoning","encrypted_content":"a","encrypted_content":null}""")]
    [InlineData("""{"type":"message","Type":"item_reference","id":"m"}""")]
    [InlineData("""{"role":"user","content":"a","Content":[{"type":"input_audio"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_text","Image_Url":"https://x"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_text","type":"input_image","image_url":"https://x"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","image_url":{"url":"https://x"}}]}""")]
    public void Item_that_can_be_read_in_two_ways_is_refused(string item) => Assert.Equal("INVALID_ARGUMENT", Read($$"""{"model":"m","input":[{{item}}]}""", out _)?.Code);

    [Fact]
    public void Nothing_is_asked_that_null_does_not_ask()
    {
        const string body = """{"model":"m","input":"a","previous_response_id":null,"conversation":null,"prompt":null,"background":null,"tools":null,"instructions":null,"stream":null,"context_management":null,"service_tier":null}""";
        Assert.Null(Read(body, out var request));
        Assert.Equal((null, false, body.Length), (request.BoundByContext, request.Stream, request.MaxInputTokensAt(Target)));
    }

    private static ApiError? Read(string body, out ResponsesRequest request) => ResponsesRequestReader.TryRead(Encoding.UTF8.GetBytes(body), out request);
}
