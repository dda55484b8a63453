using Platform.Cli.Imports;

namespace Platform.Cli.Tests.Imports;

public sealed class ProviderFileTests
{
    private const string OpenAi = """
        {"object":"page","data":[
          {"object":"bucket","start_time":1780272000,"end_time":1780358400,"results":[
            {"object":"organization.usage.completions.result","input_tokens":5000,"output_tokens":1000,"input_cached_tokens":4000,"input_audio_tokens":0,"output_audio_tokens":0,"num_model_requests":3,"project_id":"proj_a","user_id":"user-1","api_key_id":"key_1","model":"gpt-4o-mini-2024-07-18","batch":false,"service_tier":"default"},
            {"object":"organization.usage.completions.result","input_tokens":100,"output_tokens":10,"num_model_requests":1,"project_id":"proj_a","user_id":null,"api_key_id":null,"model":"gpt-4o","batch":true,"service_tier":null},
            {"object":"organization.usage.completions.result","input_tokens":7,"output_tokens":1,"num_model_requests":1,"project_id":null,"user_id":null,"api_key_id":null,"model":null,"batch":null},
            {"object":"organization.usage.completions.result","input_tokens":7,"input_cached_tokens":8,"output_tokens":1,"num_model_requests":1,"model":"gpt-4o"},
            {"object":"organization.usage.completions.result","input_tokens":7,"output_tokens":1,"input_audio_tokens":50,"num_model_requests":1,"model":"gpt-4o-audio"},
            {"object":"organization.usage.images.result","images":2,"num_model_requests":2,"model":"dall-e-3"},
            {"object":"organization.usage.completions.result","input_tokens":"many","num_model_requests":1,"model":"gpt-4o"}]},
          {"object":"bucket","start_time":1780358400,"end_time":1780444800,"results":[]}],
         "has_more":false,"next_page":null}
        {"object":"page","data":[{"object":"bucket","start_time":1780358400,"end_time":1780444800,"results":[
            {"object":"organization.usage.embeddings.result","input_tokens":900,"num_model_requests":9,"project_id":"proj_b","model":"text-embedding-3-small"},
            {"object":"organization.usage.completions.result","input_tokens":0,"output_tokens":0,"num_model_requests":0,"model":"gpt-4o"}]}]}
        """;

    private const string Anthropic = """
        {"data":[{"starting_at":"2026-06-01T00:00:00Z","ending_at":"2026-06-02T00:00:00Z","results":[
          {"uncached_input_tokens":1500,"cache_creation":{"ephemeral_1h_input_tokens":1000,"ephemeral_5m_input_tokens":500},"cache_read_input_tokens":200,"output_tokens":700,
           "server_tool_use":{"web_search_requests":10},"api_key_id":"apikey_1","workspace_id":"wrkspc_1","model":"claude-sonnet-4","service_tier":"standard","context_window":"0-200k"},
          {"uncached_input_tokens":900000,"cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":0},"cache_read_input_tokens":0,"output_tokens":10,
           "api_key_id":null,"workspace_id":null,"account_id":"user_1","model":"claude-sonnet-4","service_tier":"batch","context_window":"200k-1M","inference_geo":"us"},
          {"uncached_input_tokens":10,"output_tokens":20,"model":"claude-opus-4-6","service_tier":"standard","inference_geo":"global","speed":"standard"},
          {"uncached_input_tokens":10,"output_tokens":20,"model":"claude-opus-4-6","service_tier":"standard","inference_geo":"not_available","speed":"fast"},
          {"uncached_input_tokens":1,"output_tokens":1,"model":null}]}],"has_more":false,"next_page":null}
        """;

    private const string LiteLlm = """
        [{"request_id":"chatcmpl-1","call_type":"acompletion","api_key":"88dc28d0","spend":1.2345678901e-05,"total_tokens":130,"prompt_tokens":100,"completion_tokens":30,
          "startTime":"2026-06-01T12:00:00.250Z","endTime":"2026-06-01T12:00:01.500Z","model":"gpt-4o-mini","custom_llm_provider":"openai","user":"ada","team_id":"t-1","end_user":"customer",
          "metadata":{"usage_object":{"prompt_tokens_details":{"cached_tokens":60}}},"cache_hit":"False","status":"success"},
         {"request_id":"chatcmpl-2","api_key":"88dc28d0","spend":0.5,"prompt_tokens":100,"completion_tokens":1,"startTime":"2026-06-01 12:00:00","model":"anthropic/claude-sonnet-4",
          "metadata":"{\"additional_usage_values\":{\"cache_creation_input_tokens\":40,\"cache_read_input_tokens\":10}}","cache_hit":"","team_id":null,"user":"","end_user":"customer"},
         {"request_id":"chatcmpl-3","spend":0,"prompt_tokens":100,"completion_tokens":1,"startTime":"2026-06-01 12:00:00","model":"gpt-4o","cache_hit":"True"},
         {"request_id":"chatcmpl-4","spend":0,"prompt_tokens":0,"completion_tokens":0,"startTime":"2026-06-01 12:00:00","model":"gpt-4o","status":"failure"},
         {"startTime":"2026-06-01","spend":4.2,"users":{"ada":4.2}},
         {"request_id":"chatcmpl-5","spend":0.1,"prompt_tokens":9,"completion_tokens":1,"startTime":"soon","model":"gpt-4o","custom_llm_provider":"openai"}]
        """;

    [Fact]
    public async Task OpenAi_pages_are_read_with_cached_input_apart_and_the_size_of_one_request() => Assert.Equal(
        """
        2026-06-01T00:00:00..00:00 openai/gpt-4o-mini-2024-07-18 tier= region= in=1000 cached=4000 write=0+0 out=1000+0 x3 context=1667 proj_a|key_1|user-1|
        2026-06-01T00:00:00..00:00 openai/gpt-4o tier=batch region= in=100 cached=0 write=0+0 out=10+0 x1 context=100 proj_a|||
        page 1, bucket 1, result 3: It names no model: get the report grouped by model, and by what tells whose it is (project or workspace, key, user).
        page 1, bucket 1, result 4: input_cached_tokens: is 8, and with what was written to caches more than input_tokens 7, of which it is a part.
        page 1, bucket 1, result 5: It has audio tokens, for which the price book has no prices.
        page 1, bucket 1, result 6: It is organization.usage.images.result, which is not usage in tokens.
        page 1, bucket 1, result 7: input_tokens: is "many", not a whole number from 0 to 1000000000000000.
        2026-06-02T00:00:00..00:00 openai/text-embedding-3-small tier= region= in=900 cached=0 write=0+0 out=0+0 x9 context=100 proj_b|||
        page 2, bucket 1, result 2: (without usage)
        """,
        await LinesAsync(ImportFormats.OpenAiUsage, OpenAi));

    [Fact]
    public async Task Anthropic_reports_are_read_with_every_kind_of_cache_and_the_context_window() => Assert.Equal(
        """
        2026-06-01T00:00:00..00:00 anthropic/claude-sonnet-4 tier= region= in=1500 cached=200 write=500+1000 out=700+0 x context=0 wrkspc_1|apikey_1||
        2026-06-01T00:00:00..00:00 anthropic/claude-sonnet-4 tier=batch region=us in=900000 cached=0 write=0+0 out=10+0 x context=200001 ||user_1|
        2026-06-01T00:00:00..00:00 anthropic/claude-opus-4-6 tier= region= in=10 cached=0 write=0+0 out=20+0 x context=0 |||
        2026-06-01T00:00:00..00:00 anthropic/claude-opus-4-6 tier=fast region= in=10 cached=0 write=0+0 out=20+0 x context=0 |||
        page 1, bucket 1, result 5: It names no model: get the report grouped by model, and by what tells whose it is (project or workspace, key, user).
        """,
        await LinesAsync(ImportFormats.AnthropicUsage, Anthropic));

    [Fact]
    public async Task LiteLlm_logs_are_read_with_their_spend_beside_and_without_what_no_provider_answered() => Assert.Equal(
        """
        2026-06-01T12:00:00.25 openai/gpt-4o-mini tier= region= in=40 cached=60 write=0+0 out=30+0 x context= t-1|88dc28d0|ada|  1250 0.000012346
        2026-06-01T12:00:00 anthropic/claude-sonnet-4 tier= region= in=50 cached=10 write=40+0 out=1+0 x context= |88dc28d0|customer|   0.50
        entry 3: (answered by LiteLLM's own cache)
        entry 4: (failed before a provider counted tokens)
        entry 5: It has no request_id: it is no single call of a spend log. Ask for the logs with summarize=false.
        entry 6: startTime 'soon' is not a time.
        """,
        await LinesAsync(ImportFormats.LiteLlm, LiteLlm));

    [Fact]
    public async Task LiteLlm_entry_of_more_tokens_than_a_call_can_have_is_refused_alone() => Assert.Equal(
        """
        entry 1: prompt_tokens '9000000000000000000' is not a whole number up to 1000000000000000.
        entry 2: cached_tokens '9e18' is not a whole number up to 1000000000000000.
        """,
        await LinesAsync(ImportFormats.LiteLlm, """
            [{"request_id":"a","prompt_tokens":9000000000000000000,"completion_tokens":1,"startTime":"2026-06-01 12:00:00","model":"openai/gpt-4o"},
            {"request_id":"b","prompt_tokens":1,"completion_tokens":1,"startTime":"2026-06-01 12:00:00","model":"openai/gpt-4o",
             "metadata":{"usage_object":{"cache_creation_input_tokens":1000000000000000,"prompt_tokens_details":{"cached_tokens":9e18}}}}]
            """));

    [Fact]
    public async Task LiteLlm_logs_one_a_line_or_in_a_page_are_the_same_rows()
    {
        var array = await ImportFiles.ReadAsync(ImportFormats.LiteLlm, LiteLlm);
        var lines = await ImportFiles.ReadAsync(ImportFormats.LiteLlm, "\uFEFF" + LiteLlm.Trim('[', ']').Replace("},\n {", "}\n{", StringComparison.Ordinal));
        var page = await ImportFiles.ReadAsync(ImportFormats.LiteLlm, $$"""{"data":{{LiteLlm}},"total":6}""");

        Assert.Equal(array, lines);
        Assert.Equal(array, page);
    }

    // As the proxy logs Claude and, spoken to as OpenAI is, a model whose cache is written to.
    [Theory]
    [InlineData("""{"cache_creation_input_tokens":40,"cache_read_input_tokens":10,"service_tier":"standard","inference_geo":"us","prompt_tokens_details":{"cached_tokens":10,"cache_creation_tokens":40,"cache_creation_token_details":{"ephemeral_5m_input_tokens":15,"ephemeral_1h_input_tokens":25}}}""", "tier= region=us in=50 cached=10 write=15+25")]
    [InlineData("""{"service_tier":"priority","prompt_tokens_details":{"cached_tokens":10,"cache_write_tokens":40}}""", "tier=priority region= in=50 cached=10 write=40+0")]
    [InlineData("""{"service_tier":"default","inference_geo":"not_available","prompt_tokens_details":{"cached_tokens":0,"cache_creation_tokens":40,"cache_creation_token_details":null}}""", "tier= region= in=60 cached=0 write=40+0")]
    [InlineData("""{"service_tier":"standard","speed":"fast","inference_geo":"global","prompt_tokens_details":null}""", "tier=fast region= in=100 cached=0 write=0+0")]
    public async Task LiteLlm_log_has_tier_region_and_caches_of_the_providers_usage(string usage, string expected) => Assert.Contains(
        expected,
        await LinesAsync(ImportFormats.LiteLlm, $$$"""{"request_id":"a","prompt_tokens":100,"completion_tokens":1,"startTime":"2026-06-01T12:00:00Z","model":"anthropic/claude-opus-4-6","metadata":{"usage_object":{{{usage}}}}}"""),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(ImportFormats.OpenAiUsage, """{"data":[],"has_more":true} {"data":[],"has_more":false}""", null)]
    [InlineData(ImportFormats.OpenAiUsage, """{"data":[]}""", null)]
    [InlineData(ImportFormats.OpenAiUsage, """[{"data":[],"has_more":true},{"data":[],"has_more":true}]""", "Every page of the file says that more follow (has_more)")]
    [InlineData(ImportFormats.AnthropicUsage, """{"data":[],"has_more":true,"next_page":"page_x"}""", "Every page of the file says that more follow (has_more)")]
    [InlineData(ImportFormats.LiteLlm, """{"data":[],"total":120,"page":1,"page_size":50,"total_pages":3} {"data":[],"total":120,"page":3,"page_size":50,"total_pages":3}""", "The file has 2 of the 3 pages of the log")]
    [InlineData(ImportFormats.LiteLlm, """{"data":[],"total":60,"page":2,"page_size":50,"total_pages":2} {"data":[],"total":60,"page":1,"page_size":50,"total_pages":2}""", null)]
    [InlineData(ImportFormats.LiteLlm, """{"data":[],"total":0,"page":1,"page_size":50,"total_pages":0}""", null)]
    public async Task Pages_that_are_missing_are_told_of_and_those_that_are_there_stand(string format, string pages, string? expected)
    {
        var told = new List<string>();
        await ImportFiles.ReadAsync(format, pages, told: told);
        Assert.Equal(expected is null ? 0 : 1, told.Count);
        Assert.All(told, line => Assert.StartsWith(expected!, line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_are_the_same_in_every_file_and_differ_for_every_group()
    {
        var once = await ImportFiles.ReadAsync(ImportFormats.OpenAiUsage, OpenAi);
        var twice = await ImportFiles.ReadAsync(ImportFormats.OpenAiUsage, $"[{OpenAi.Replace("}]}]}", "}]}]}", StringComparison.Ordinal).Replace("\n{\"object\":\"page\"", "\n,{\"object\":\"page\"", StringComparison.Ordinal)}]");
        string[] Keys(List<ImportItem> items) => [.. items.Where(item => item.Row is not null).Select(item => item.Row!.RowKey)];

        Assert.Equal(Keys(once), Keys(twice));
        Assert.Equal(Keys(once).Length, Keys(once).Distinct().Count());
        Assert.All(Keys(once), key => Assert.InRange(key.Length, 1, 150));
    }

    [Fact]
    public async Task What_the_file_has_by_the_hour_and_by_the_day_is_taken_in_once()
    {
        static string Bucket(string from, string until, string key = "apikey_1") =>
            $$"""{"starting_at":"{{from}}Z","ending_at":"{{until}}Z","results":[{"uncached_input_tokens":10,"output_tokens":1,"api_key_id":"{{key}}","model":"claude-sonnet-4"}]}""";

        Assert.Equal(
            """
            page 1, bucket 3, result 1: The file has the same usage of 2026-06-01 00:00 to 2026-06-01 01:00 UTC, within its time: it would count twice. Import pages of one bucket_width.
            page 1, bucket 7, result 1: The file has the same usage of 2026-06-02 00:00 to 2026-06-03 00:00 UTC, within its time: it would count twice. Import pages of one bucket_width.
            page 1, bucket 8, result 1: Its bucket does not end after it begins.
            """,
            string.Join('\n', (await ImportFiles.ReadAsync(ImportFormats.AnthropicUsage, $$"""
                {"data":[
                  {{Bucket("2026-06-01T00:00:00", "2026-06-01T01:00:00")}}, {{Bucket("2026-06-01T01:00:00", "2026-06-01T02:00:00")}}, {{Bucket("2026-06-01T00:00:00", "2026-06-02T00:00:00")}},
                  {{Bucket("2026-06-01T00:00:00", "2026-06-02T00:00:00", "apikey_2")}}, {{Bucket("2026-06-02T00:00:00", "2026-06-03T00:00:00")}}, {{Bucket("2026-06-01T01:00:00", "2026-06-01T02:00:00")}},
                  {{Bucket("2026-06-02T23:00:00", "2026-06-03T00:00:00")}}, {{Bucket("2026-06-04T00:00:00", "2026-06-04T00:00:00")}}]}
                """)).Where(item => item.Row is null).Select(ImportFiles.Line)));
    }

    [Fact]
    public async Task What_breaks_off_is_told_and_what_came_before_stands()
    {
        var items = new List<ImportItem>();
        using var stream = new MemoryStream("""[{"request_id":"a","prompt_tokens":1,"startTime":"2026-06-01T00:00:00Z","model":"openai/gpt-4o"},{"request_id":"""u8.ToArray());
        var error = await Assert.ThrowsAsync<KtError>(async () =>
        {
            await foreach (var item in LiteLlmFile.ReadAsync(stream, _ => { }, TestContext.Current.CancellationToken))
            {
                items.Add(item);
            }
        });

        Assert.Single(items);
        Assert.StartsWith("From entry 2 on the file is no JSON", error.Message, StringComparison.Ordinal);
    }

    private static async Task<string> LinesAsync(string format, string text) => string.Join('\n', (await ImportFiles.ReadAsync(format, text)).Select(ImportFiles.Line));
}
