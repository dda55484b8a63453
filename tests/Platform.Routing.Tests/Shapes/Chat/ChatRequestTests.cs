using System.Collections.Frozen;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Shapes.Chat;

public sealed class ChatRequestTests
{
    private static readonly RouteTarget Mini = Routes.Target("gpt-4o-mini");

    private static readonly RouteTarget Alias = Mini with { Model = "up/\"stream\"" };

    private static readonly RouteTarget Reasoner = Mini with { Model = "o4-mini", OutputCapField = "max_completion_tokens" };

    [Theory]
    // Body, cap → what goes upstream. M stands for "messages":[].
    [InlineData("""{"model":"gpt-4o-mini",M}""", 1024, """{"model":"gpt-4o-mini",M,"max_tokens":1024}""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"max_tokens":7}""", 7, """{"model":"gpt-4o-mini",M,"max_tokens":7}""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"max_tokens": 99999 }""", 16384, """{"model":"gpt-4o-mini",M,"max_tokens": 16384 }""")]
    [InlineData("""{"max_completion_tokens":99999,"model":"gpt-4o-mini",M}""", 16384, """{"max_tokens":16384,"model":"gpt-4o-mini",M}""")]
    [InlineData("""{"max_tokens":5,"max_completion_tokens":9,"model":"gpt-4o-mini",M}""", 5, """{"max_tokens":5,"model":"gpt-4o-mini",M}""")]
    [InlineData("""{"max_completion_tokens":3 , "max_tokens" : 5,"model":"gpt-4o-mini",M}""", 3, """{ "max_tokens" : 3,"model":"gpt-4o-mini",M}""")]
    [InlineData("""{"max_tokens":5,"model":"gpt-4o-mini",M , "max_completion_tokens" : 9 }""", 5, """{"max_tokens":5,"model":"gpt-4o-mini",M  }""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"n":4,"max_completion_tokens":1}""", 1, """{"model":"gpt-4o-mini",M,"n":4,"max_tokens":1}""")]
    [InlineData("""{"max_completion_tokens":null,"model":"gpt-4o-mini","max_tokens":null,M}""", 20, """{"model":"gpt-4o-mini","max_tokens":20,M}""")]
    [InlineData("""{"model":"gpt-4o-mini","max_tokens":null,M}""", 20, """{"model":"gpt-4o-mini","max_tokens":20,M}""")]
    [InlineData("""{"model":"gpt-4o-mini","max_completion_tokens":null,M}""", 20, """{"model":"gpt-4o-mini","max_tokens":20,M}""")]
    [InlineData("""{"max\u005ftokens":99999,"model":"gpt-4o-mini",M}""", 16384, """{"max\u005ftokens":16384,"model":"gpt-4o-mini",M}""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"stream":false,"max_tokens":1}""", 1, """{"model":"gpt-4o-mini",M,"stream":false,"max_tokens":1}""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream_options":null,"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"stream_options":{"include_usage":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"stream_options":{ },"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"stream_options":{"include_usage":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"stream_options":{"x":[1]},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"stream_options":{"include_usage":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"stream_options":{"include_usage":true,"continuous_usage_stats":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"stream_options":{"include_usage":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"stream_options":{"Include_Usage":false,"include_usage":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"stream_options":{"include_usage":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"stream_options":{"include_obfuscation":false},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"stream_options":{"include_usage":true,"include_obfuscation":false},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"stream_options":{ "include_obfuscation":false, "include_usage":true },"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"stream_options":{ "include_obfuscation":false, "include_usage":true },"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"stream_options":{"include_usage":false},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"stream_options":{"include_usage":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"stream_options":{"include_usage":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", 1, """{"stream_options":{"include_usage":true},"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    public void Rewrite_changes_the_cap_and_usage_and_nothing_else(string body, long cap, string expected) =>
        Assert.Equal(Full(expected), Rewrite(Full(body), Mini, cap));

    [Fact]
    public void Rewrite_names_the_upstream_model_and_escapes_it() =>
        Assert.Equal("up/\"stream\"", JsonNode.Parse(Rewrite(Full("""{"model":"small",M}"""), Alias, 5))!["model"]!.GetValue<string>());

    [Fact]
    public void Rewrite_without_a_cap_uses_the_field_that_the_model_takes() =>
        Assert.Equal(Full("""{"model":"o4-mini",M,"max_completion_tokens":5}"""), Rewrite(Full("""{"model":"o4-mini",M}"""), Reasoner, 5));

    [Theory]
    [InlineData("""{"model":"o4-mini",M,"max_tokens":9}""", """{"model":"o4-mini",M,"max_completion_tokens":5}""")]
    [InlineData("""{"max_tokens":9,"model":"o4-mini",M,"max_completion_tokens":9}""", """{"model":"o4-mini",M,"max_completion_tokens":5}""")]
    [InlineData("""{"max\u005ftokens":9,"model":"o4-mini",M}""", """{"max_completion_tokens":5,"model":"o4-mini",M}""")]
    public void Rewrite_puts_the_cap_into_the_field_that_the_target_takes_and_no_other(string body, string expected) => Assert.Equal(Full(expected), Rewrite(Full(body), Reasoner, 5));

    [Theory]
    [InlineData("""{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", """{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"stream":true}""", """{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"stream\u005foptions" : {"include_usage":true} , "model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", """{ "model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"stream":true,"stream_options":{"x":[1]}}""", """{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"stream_options":null,"max_tokens":1}""", """{"model":"gpt-4o-mini",M,"max_tokens":1}""")]
    // It and the cap that the target does not take stand beside each other.
    [InlineData("""{"stream_options":{},"max_completion_tokens":1,"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""", """{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1 , "max_completion_tokens":1 , "stream_options":{} }""", """{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1  }""")]
    [InlineData("""{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":9,"stream_options":{},"max_completion_tokens":1}""", """{"model":"gpt-4o-mini",M,"stream":true,"max_tokens":1}""")]
    public void Rewrite_takes_stream_options_out_where_usage_comes_unasked(string body, string expected) =>
        Assert.Equal(Full(expected), Rewrite(Full(body), Mini with { TellsUsageUnasked = true }, 1));

    [Fact]
    public void Rewrite_keeps_every_byte_of_fields_it_does_not_know()
    {
        const string body = """
            { "model" : "gpt-4o-mini" , "temperature":1.0E+0, "big":123456789012345678901234567890.10, "tools":[{"type":"function","function":{"name":"f","parameters":{"n":5,"model":"x","max_tokens":1}}}],
              "messages":[{"role":"user","content":[{"type":"text","text":"é \u00e9 \/ \"usage\" 😀"}],"name":"\ud83d\ude00"}], "dup":1, "dup":2 }
            """;
        Assert.Equal(body[..body.LastIndexOf('}')] + ",\"max_tokens\":9}", Rewrite(body, Mini, 9));
    }

    [Fact]
    public void Rewrite_of_any_field_order_differs_only_in_what_the_gateway_sets()
    {
        var fields = new[] { "\"model\":\"gpt-4o-mini\"", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]", "\"stream\":true", "\"max_tokens\":50", "\"seed\":1.50", "\"stream_options\":{\"a\":1}", "\"n\":2" };
        Gen.Shuffle(fields).Sample(shuffled =>
        {
            var body = "{" + string.Join(",", shuffled) + "}";
            var expected = body.Replace("\"max_tokens\":50", "\"max_tokens\":40").Replace("{\"a\":1}", "{\"include_usage\":true}");
            Assert.Equal(expected, Rewrite(body, Mini, 40));
        });
    }

    [Theory]
    [InlineData("", 400, "INVALID_ARGUMENT")]
    [InlineData("[]", 400, "INVALID_ARGUMENT")]
    [InlineData("{", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M} {}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,}""", 400, "INVALID_ARGUMENT")]
    [InlineData("{}", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":5,M}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":{"a":[1]},M}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m"}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","messages":"hi"}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","messages":["hi"]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":0}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":-1}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":1.5}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":"5"}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":[1,{"a":2}]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":1,"max_tokens":9999}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":1,"max\u005ftokens":9999}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"n":0}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"n":129}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":{"type":"image_url","image_url":{"url":"https://x"}}}]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"stream":"yes"}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"stream_options":[]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"service_tier":"priority"}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m",M,"modalities":["text","audio"]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m",M,"web_search_options":{}}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m",M,"prediction":{"type":"content","content":"x"}}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url"}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","type":"text","image_url":{"url":"x"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"},"image_url":{"url":"y"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:application/pdf;base64,AA"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x","detail":"original"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":"x"}]}]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"tools":[{"type":"web_search"}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m",M,"tools":[{"google_search":{}}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m",M,"tools":[{"type":null,"google_search":{}}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m",M,"tools":[{"type":"function","Type":"web_search"}]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"tools":[{"type":"function","function":{"name":"f"},"googleSearch":{}}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m",M,"tools":[{"code\u005fexecution":{},"function":{"name":"f"}}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m",M,"tools":{"type":"web_search"}}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"tools":["web_search"]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"modalities":"audio"}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":1,"Max_Tokens":100000}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":1,"MAX\u005fTOKENS":null}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":1,"maxTokens":100000}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":1,"max_to\u212aens":100000}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":1,"max_tokenſ":100000}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"max_tokens":1,"max_tokens\u0000":100000}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","Model":"dearer",M}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"Messages":[]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"N":128}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"Stream":true}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m",M,"serviceTier":"priority"}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"a","Content":[{"type":"input_audio"}]}]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x","Detail":"original"}}]}]}""", 400, "INVALID_ARGUMENT")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"DATA:application/pdf;base64,AA"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"d\u0061ta:application\/pdf;base64,AA"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","image\u005furl":{"url":"x"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"file","file":{}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"video_of_tomorrow"}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"input_audio","input_audio":{}}]}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":{"url":"x"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","image_url":{"url":"x"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","audio":{"id":"a"}}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":"a","images":[{"image_url":{"url":"https://x"}}]}]}""", 400, "CONTENT_UNBOUNDED")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"a","Files":["f"]}]}""", 400, "INVALID_ARGUMENT")]
    public void Read_refuses_what_it_cannot_understand_or_bound(string body, int status, string code)
    {
        var error = ErrorOf(body);
        Assert.Equal((status, code), (error?.Status, error?.Code));
    }

    [Theory]
    [InlineData("data_sources", """[{"type":"azure_search"}]""")]
    [InlineData("dataSources", """[{"type":"AzureCognitiveSearch"}]""")]
    [InlineData("search_parameters", """{"mode":"on"}""")]
    [InlineData("enable_search", "true")]
    [InlineData("Enable_Search", "true")]
    [InlineData("models", """["dearer"]""")]
    [InlineData("plugins", """[{"id":"web"}]""")]
    [InlineData("route", "\"fallback\"")]
    [InlineData("provider", """{"order":["x"]}""")]
    [InlineData("preset", "\"p\"")]
    [InlineData("providerOptions", """{"gateway":{"models":["x"]}}""")]
    [InlineData("fallbacks", """["dearer"]""")]
    [InlineData("num_retries", "3")]
    [InlineData("api_base", "\"https://elsewhere\"")]
    [InlineData("extra_body", """{"google":{"cached_content":"c"}}""")]
    [InlineData("deferred", "true")]
    [InlineData("n_predict", "100000")]
    [InlineData("candidateCount", "8")]
    [InlineData("num_return_sequences", "8")]
    [InlineData("user_config", """{"model_list":[{"model_name":"m"}],"num_retries":2}""")]
    [InlineData("litellm_params", """{"api_base":"https://elsewhere"}""")]
    [InlineData("mock_testing_fallbacks", "true")]
    [InlineData("vector_store_ids", """["vs_1"]""")]
    [InlineData("max_output_tokens", "100000")]
    [InlineData("chat_template", "\"{{ messages }}{{ messages }}\"")]
    [InlineData("speed", "\"fast\"")]
    [InlineData("mcp_servers", "[[]]")]
    [InlineData("web_search_options", "{}")]
    [InlineData("audio", """{"voice":"a"}""")]
    public void Field_that_a_provider_bills_beyond_the_bound_is_refused_by_its_name_unless_it_asks_for_nothing(string name, string value)
    {
        var error = ErrorOf($$"""{"model":"m",M,"{{name}}":{{value}}}""");
        Assert.Equal(("CONTENT_UNBOUNDED", name), (error?.Code, error?.Param));
        Assert.Contains("Leave it out", error!.Message.Replace("Send the cap in this route's own field", "Leave it out"), StringComparison.Ordinal);
        Assert.Null(ErrorOf($$"""{"model":"m",M,"{{name}}":null}"""));
        Assert.Null(ErrorOf($$"""{"model":"m",M,"{{name}}":false}"""));
        Assert.Null(ErrorOf($$"""{"model":"m",M,"{{name}}": [ ]}"""));
    }

    [Theory]
    [InlineData("""{"model":"m",M,"temperature":1,"top_p":1,"stop":"a","user":"u","metadata":{"Model":"x"},"response_format":{"type":"json_object"},"reasoning_effort":"low","parallel_tool_calls":true,"seed":1,"logit_bias":{},"tool_choice":"auto","store":false,"verbosity":"low"}""")]
    [InlineData("""{"model":"m",M,"tools":[{"type":"function","function":{"name":"f","Type":"x"}},{"function":{"name":"g"},"google_search":null,"cache_control":{"type":"ephemeral"}},{"name":"h","parameters":{}},{"type":"custom","custom":{"name":"i"}}]}""")]
    [InlineData("""{"model":"m",M,"candidate_count":1,"num_results":1,"tools":[{"type":"function","function":{"name":"f"},"google_search":false,"retrieval":[]}]}""")]
    [InlineData("""{"model":"m",M,"service_tier":"flex","modalities":["text"],"tools":null,"prediction":null,"n":null,"stream":null}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":[{"type":"text","text":"x"}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"},"x"],"closed":true},{"type":"text","text":"a"}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"thinking":"hm","type":"thinking"},{"type":"thinking","thinking":null}]}]}""")]
    public void Read_takes_ordinary_requests(string body) => Assert.Null(ChatRequestReader.TryRead(Encoding.UTF8.GetBytes(Full(body)), out _));

    [Theory]
    [InlineData("https://example.com/a.png", 0)]
    [InlineData("data:image/png;base64,AAAAAAAAAAAAAAAAAAAA", 42)]
    public void Read_counts_an_image_as_its_models_maximum_and_its_data_not_as_text(string url, int dataBytes)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"what?","file":null},{"image_url":{"url":"{{url}}","detail":"high"},"type":"image_url"}]}]}""");

        Assert.Null(ChatRequestReader.TryRead(body, out var request));
        Assert.Equal(body.Length - dataBytes + 48_169, request.MaxInputTokensAt(Mini));
        Assert.Equal(body.Length - dataBytes + 1_445, request.MaxInputTokensAt(Routes.Target("gpt-4o")));
        Assert.Null(request.MaxInputTokensAt(Routes.Target("llava")));
    }

    [Fact]
    public void Read_counts_an_image_within_a_thought_as_any_other()
    {
        const string body = """{"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}]}""";
        Assert.Null(ChatRequestReader.TryRead(Encoding.UTF8.GetBytes(body), out var request));
        Assert.Equal(body.Length + 1_445, request.MaxInputTokensAt(Routes.Target("gpt-4o")));
        Assert.Null(request.MaxInputTokensAt(Routes.Target("magistral")));
    }

    [Fact]
    public void Read_of_deep_nesting_is_malformed_not_fatal()
    {
        var deep = "{\"model\":\"m\",\"messages\":[],\"x\":" + new string('[', 100_000) + new string(']', 100_000) + "}";
        Assert.Equal(400, ChatRequestReader.TryRead(Encoding.UTF8.GetBytes(deep), out _)?.Status);
    }

    [Fact]
    public void Read_of_any_bytes_answers_and_never_throws() =>
        Gen.Byte.Array[0, 200].Sample(bytes => Assert.NotNull(ChatRequestReader.TryRead(bytes, out _)));

    [Fact]
    public void Field_that_is_not_served_passes_as_it_is_to_a_target_that_is_allowed_all_of_them()
    {
        const string body = """{"model":"gpt-4o-mini",M,"max_tokens":5,"Provider":{"order":["x"]},"plugins":[{}]}""";
        Assert.Null(ChatRequestReader.TryRead(Encoding.UTF8.GetBytes(Full(body)), out var request));
        Assert.Equal((false, false, true), (request.IsServedAt(Mini), request.IsServedAt(Allowing("provider")), request.IsServedAt(Allowing("plugins", "provider"))));
        Assert.Equal(Full(body), Encoding.UTF8.GetString(request.ToUpstream(Allowing("plugins", "provider"), 5)));

        static RouteTarget Allowing(params string[] fields) => Mini with { AllowedFields = fields.ToFrozenSet() };
    }

    /// <summary>What a target says that allows nothing.</summary>
    private static Routing.Calls.ApiError? ErrorOf(string body) => ChatRequestReader.TryRead(Encoding.UTF8.GetBytes(Full(body)), out var request) ?? request.UnservedError;

    private static string Full(string body) => body.Replace(",M", ",\"messages\":[]");

    private static string Rewrite(string body, RouteTarget target, long cap)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Null(ChatRequestReader.TryRead(bytes, out var request));
        return Encoding.UTF8.GetString(request.ToUpstream(target, cap));
    }
}
