namespace Platform.Cli.Tests;

public sealed class UsageCommandTests
{
    private const string Record = """
        {"record_id":"r1","attempt_id":"a2","call_id":"c1","funding":"leased","occurred_at":"2026-06-15T11:59:59.5Z","recorded_at":"2026-06-15T12:00:00Z","source":"gateway-1","event_id":"a2","team_id":"team_support","user_id":"ann","key_id":"key_1","workload":"","lane":"standard","provider":"openai","model_asked":"gpt-4o","model":"gpt-4o-mini","tokens":{"input":1000,"cached_input":200,"cache_write":0,"cache_write_1h":0,"output":500,"reasoning":0},"cost":0.000465000,"cost_detail":{"input":0.000150000,"cached_input":0.000015000,"cache_write":0.000000000,"cache_write_1h":0.000000000,"output":0.000300000,"reasoning":0.000000000,"request":0.000000000},"currency":"USD","price_id":7,"outcome":"succeeded","attempt_number":2,"fallback":true,"gateway_ms":1,"first_token_ms":120,"total_ms":900,"route_reason":"fallback after 503","upstream_key":"…wxyz","corrects_record_id":"","tags":{"feature":"chat"},"service_tier":"standard","region":"","application_id":"","retry_of":"a1","prompt_hash":"","route_policy":"default@3","traceparent":""}
        """;

    [Fact]
    public async Task Show_tells_all_that_is_known_of_a_record()
    {
        var correction = Record.Replace("\"r1\"", "\"r2\"", StringComparison.Ordinal).Replace("\"gateway-1\"", "\"pricing\"", StringComparison.Ordinal).Replace("0.000465000", "-0.000065000", StringComparison.Ordinal);
        var first = Record.Replace("\"a2\"", "\"a1\"", StringComparison.Ordinal).Replace("\"attempt_number\":2", "\"attempt_number\":1", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/usage/c1", $$"""
            {"record":{{Record}},"price":{"price_id":7,"effective_from":"2026-01-01T00:00:00Z","input_per_million":0.150000000,"output_per_million":0.600000000,"discount_percent":5,"source":"list"},
            "corrections":[{{correction}}],"correction_count":130,"net_cost":0.000400000,"net_cost_detail":null,"attempts":[{{first}},{{Record}}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("usage", "show", "c1"));
        var lines = kt.Out.Split('\n').Select(Cells).ToList();
        Assert.Contains(["attempt", "a2, number 2, fallback"], lines);
        Assert.Contains(["workload", "(none)"], lines);
        Assert.Contains(["why there", "fallback after 503"], lines);
        Assert.Contains(["latency", "900 ms in all, 120 to the first token, 1 in the gateway"], lines);
        Assert.Contains(["price", "version 7 from 2026-01-01 00:00:00Z: 0.15 in, 0.60 out a million tokens, 5 % off (list)"], lines);
        Assert.Contains(["cached input", "200", "0.000015"], lines);
        Assert.Contains("Corrections, of which the first 1 of 130 are listed; net cost 0.0004 USD", kt.Out, StringComparison.Ordinal);
        Assert.Contains(["1", "2026-06-15 11:59:59Z", "openai", "gpt-4o-mini", "succeeded", "0.000465", "900", "fallback after 503", "a1"], lines);
        Assert.DoesNotContain(lines, line => line is ["user", ""]);
    }

    /// <summary>A record stays as it was recorded; what it lacked then may have come, or be needed no more.</summary>
    [Theory]
    [InlineData("pricing", 0, "unpriced when it was recorded; a price that came later is among the corrections")]
    [InlineData("import:/undo", -1, "unpriced, and taken back whole")]
    [InlineData("kt", -1, "unpriced, and taken back whole")]
    [InlineData("kt", 0, "unpriced: no price yet (kt prices unpriced)")]
    public async Task Show_tells_what_came_of_a_record_without_a_price(string source, long requests, string told)
    {
        var unpriced = Record.Replace("\"cost\":0.000465000", "\"cost\":null", StringComparison.Ordinal);
        var correction = unpriced.Replace("\"r1\"", "\"r2\"", StringComparison.Ordinal).Replace("\"gateway-1\"", $"\"{source}\"", StringComparison.Ordinal)
            .Replace("\"corrects_record_id\":\"\"", $"\"corrects_record_id\":\"r1\",\"requests\":{requests}", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/usage/r1", $$"""{"record":{{unpriced}},"price":null,"corrections":[{{correction}}],"correction_count":1,"net_cost":0.000000000,"net_cost_detail":null,"attempts":[]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("usage", "show", "r1"));
        Assert.Contains(["cost", told], kt.Out.Split('\n').Select(Cells));
    }

    [Theory]
    [InlineData("--all", -1_000, -180, -500, -1L)]
    [InlineData("--output-tokens -20 --input-tokens 5", 5, 0, -20, null)]
    public async Task Correct_takes_back_what_is_named_or_all_that_is_left_and_the_call_with_it(string what, long input, long cached, long output, long? requests)
    {
        var correction = Record.Replace("\"input\":1000,\"cached_input\":200", "\"input\":0,\"cached_input\":-20", StringComparison.Ordinal).Replace("\"output\":500", "\"output\":0", StringComparison.Ordinal);
        await using var server = new ReplayServer()
            .On("GET /v1/usage/r1", $$"""{"record":{{Record}},"price":null,"corrections":[{{correction}}],"correction_count":1,"net_cost":0.000400000,"net_cost_detail":null,"net_tokens":{"input":1000,"cached_input":180,"cache_write":0,"cache_write_1h":0,"output":500,"reasoning":0},"net_requests":1,"attempts":[]}""")
            .On("POST /v1/spend/log", """{"accepted":1,"duplicates":0,"unpriced":0,"refused":0,"results":[{"outcome":"accepted","record_id":"r9","cost":-0.000300000,"message":""}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(["usage", "correct", "r1", .. what.Split(' ')]));
        Assert.Equal("Corrected by -0.0003 USD: record r9.", kt.Error.Trim());
        using var sent = System.Text.Json.JsonDocument.Parse(server.Requests.Last().Body);
        Assert.Equal(("kt", "r1"), (sent.RootElement.GetProperty("source").GetString(), sent.RootElement.GetProperty("corrects_record_id").GetString()));
        Assert.Equal((input, cached, output), (Sent("input"), Sent("cached_input"), Sent("output")));
        Assert.Equal(requests, sent.RootElement.TryGetProperty("requests", out var taken) ? taken.GetInt64() : null);

        long Sent(string kind) => sent.RootElement.GetProperty($"{kind}_tokens").GetInt64();
    }

    [Fact]
    public async Task Correct_of_a_record_without_a_price_names_no_cost()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/usage/r1", $$"""{"record":{{Record}},"price":null,"corrections":[],"correction_count":0,"net_cost":null,"net_cost_detail":null,"net_tokens":{"input":1000,"cached_input":200,"cache_write":0,"cache_write_1h":0,"output":500,"reasoning":0},"net_requests":1,"attempts":[]}""")
            .On("POST /v1/spend/log", """{"accepted":1,"duplicates":0,"unpriced":1,"refused":0,"results":[{"outcome":"accepted_unpriced","record_id":"r9","cost":null,"message":""}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("usage", "correct", "r1", "--all"));
        Assert.Equal("Corrected without a price, as the record is: record r9.", kt.Error.Trim());
    }

    [Theory]
    [InlineData("")]
    [InlineData("--all --output-tokens -1")]
    [InlineData("--output-tokens 0")]
    public async Task Correct_without_anything_to_correct_changes_nothing(string what)
    {
        await using var server = new ReplayServer().On(
            "GET /v1/usage/r1", $$"""{"record":{{Record}},"price":null,"corrections":[],"correction_count":0,"net_cost":0.000465000,"net_cost_detail":null,"net_tokens":{"input":1000,"cached_input":200,"cache_write":0,"cache_write_1h":0,"output":500,"reasoning":0},"net_requests":1,"attempts":[]}""");
        using var kt = new RunningKt(server.Url);
        Assert.Equal(2, await kt.RunAsync(["usage", "correct", "r1", .. what.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));
        Assert.DoesNotContain(server.Requests, request => request.Request.StartsWith("POST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Usage_tail_whose_key_is_revoked_ends_with_the_reason()
    {
        await using var server = new ReplayServer().On(
            "GET /v1/usage/tail", $"{Record.Trim()}\n{{\"ended\":{{\"status\":401,\"reason\":\"TOKEN_INVALID\",\"detail\":\"The token is unknown or revoked.\",\"retry_after_seconds\":null}}}}\n");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(3, await kt.RunAsync("usage", "tail"));
        Assert.Contains("The token is unknown or revoked. [TOKEN_INVALID]", kt.Error, StringComparison.Ordinal);
        Assert.Single(kt.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Usage_tail_whose_reader_has_ended_ends_with_it_though_nothing_is_recorded()
    {
        await using var server = new ReplayServer().OnSilent("GET /v1/usage/tail?last=0");
        using var kt = new RunningKt(server.Url) { IsRead = false };

        Assert.Equal(0, await kt.RunAsync("usage", "tail", "--last", "0").WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Empty(kt.Error);
    }

    [Fact]
    public async Task Usage_tail_of_an_api_that_ends_says_that_it_broke_off_and_not_that_a_file_did()
    {
        await using var server = new ReplayServer().OnBreaking("GET /v1/usage/tail?last=0", Record.Trim() + "\n");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(4, await kt.RunAsync("usage", "tail", "--last", "0"));
        Assert.Contains("The answer broke off: ", kt.Error, StringComparison.Ordinal);
        Assert.Contains("Run the command again", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_republish_goes_on_to_the_end_of_the_span()
    {
        await using var server = new ReplayServer().On("POST /v1/usage/republish", """{"records":5000,"next_page_token":""}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("usage", "republish", "--since", "2026-06-01", "--until", "2026-06-02T12:00:00Z"));
        Assert.Equal("""{"recorded_from":"2026-06-01T00:00:00Z","recorded_before":"2026-06-02T12:00:00Z","page_token":""}""", server.Requests.Single().Body);
        Assert.Contains("5,000 records", kt.Out, StringComparison.Ordinal);
        Assert.Equal(2, await kt.RunAsync("usage", "republish"));

        Assert.Equal(0, await kt.RunAsync("usage", "republish", "--since", "2026-06-01", "--until", "2026-06-02", "--kept-only"));
        Assert.Contains("\"kept_only\":true", server.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_are_the_usage_records()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/usage?team=team_support&page_size=50", $$"""{"records":[{{Record}}],"next_page_token":""}""")
            .On("GET /v1/usage/tail?last=1", $"{Record.Trim()}\n");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("events", "list", "--team", "team_support"));
        Assert.Contains("gpt-4o-mini", kt.Out, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("events", "tail", "--last", "1"));
        Assert.Contains("gpt-4o-mini", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tail_prints_a_line_a_record_and_says_when_it_left_some_out()
    {
        await using var server = new ReplayServer().On("GET /v1/usage/tail?team=team_support&tag=feature%3Dchat&last=3", $"\n{Record.Trim()}\n\n{{\"left_out\":true}}\n");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("usage", "tail", "--team", "team_support", "--tag", "feature=chat", "--last", "3"));
        Assert.Contains("gpt-4o-mini", Assert.Single(kt.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("more was recorded", kt.Error, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("usage", "tail", "--team", "team_support", "--tag", "feature=chat", "--last", "3", "-o", "json"));
        Assert.Equal(Record.Trim(), kt.Out.Trim());
    }

    [Fact]
    public async Task Mark_of_a_record_is_asked_for_and_shown()
    {
        var marked = Record.Replace("\"traceparent\":\"\"", "\"traceparent\":\"\",\"mark\":\"overflow\"", StringComparison.Ordinal);
        await using var server = new ReplayServer()
            .On("GET /v1/usage?mark=overflow%2Cobserved&page_size=50", $$"""{"records":[{{marked}}],"next_page_token":""}""")
            .On("GET /v1/usage/r1", $$"""{"record":{{marked}},"price":null,"corrections":[],"correction_count":0,"net_cost":0.000465000,"net_cost_detail":null,"net_tokens":{"input":1000,"cached_input":200,"cache_write":0,"cache_write_1h":0,"output":500,"reasoning":0},"net_requests":1,"attempts":[]}""")
            .On("GET /v1/usage/tail?mark=overflow&last=1", $"{marked.Trim()}\n")
            .On("GET /v1/spend?group_by=team%2Cmark&mark=overflow", """
                {"from":"2026-06-01T00:00:00Z","to":"2026-06-15T12:00:00Z","time_zone":"UTC","currency":"USD","group_by":["team","mark"],"metric":"","rows":[
                {"team":"team_support","mark":"overflow","cost":15.000000000,"calls":1000,"input_tokens":2000000,"cached_input_tokens":0,"output_tokens":300000,"unpriced_calls":0,"unclassified_calls":0,"unclassified_cost":0.000000000}],
                "others":null,"other_rows":0,"total":{"cost":15.000000000,"calls":1000,"input_tokens":2000000,"cached_input_tokens":0,"output_tokens":300000,"unpriced_calls":0},
                "unpriced_share":0,"unclassified_share":0,"unclassified_cost_share":0,"compared_with":null}
                """)
            .On("GET /v1/spend/run-rate?mark=overflow", SpendCommandTests.RunRate);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("usage", "list", "--mark", "overflow,observed"));
        Assert.Contains(kt.Out.Split('\n').Select(Cells), line => line is [_, "team_support", "gpt-4o-mini", "leased", "overflow", "succeeded", ..]);
        Assert.Equal(0, await kt.RunAsync("usage", "show", "r1"));
        Assert.Contains(["mark", "overflow: the organisation's wallet paid, its own could not"], kt.Out.Split('\n').Select(Cells));
        Assert.Equal(0, await kt.RunAsync("usage", "tail", "--mark", "overflow", "--last", "1"));
        Assert.EndsWith("a2  overflow", kt.Out.Trim(), StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("spend", "--by", "team,mark", "--mark", "overflow"));
        Assert.Contains(["team_support", "overflow", "15.00", "1,000", "2,000,000", "300,000", "0"], kt.Out.Split('\n').Select(Cells));
    }

    private static string[] Cells(string line) => line.Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
