using System.Text.Json;
using CsCheck;
using Platform.Cli.Routes;

namespace Platform.Cli.Tests;

public sealed class RoutesCommandTests : IDisposable
{
    private const string Current = """
        {"version":3,"applied_at":"2026-06-01T10:00:00Z","actor":"key_1","description":"cheaper\nnights","changes":[],"policy":{"providers":[{"name":"openai"}],"targets":[{"provider":"openai","model":"gpt-4o","default_max_output_tokens":1024,"max_output_tokens":16384}],"models":[{"name":"4","lane":"premium","route":{"targets":[{"target":"openai/gpt-4o"}]}}],"lanes":[{"name":"premium"}]}}
        """;

    private const string Changed = """
        {"applied":true,"version":{"version":4,"applied_at":"2026-06-15T12:00:00Z","actor":"key_1","description":"","changes":[{"kind":"model","name":"mini","change":"added","detail":"lane: economy"}],"policy":null}}
        """;

    private const string Unchanged = """{"applied":false,"version":{"version":3,"applied_at":"2026-06-01T10:00:00Z","actor":"key_1","description":"","changes":[],"policy":null}}""";

    /// <summary>Texts that mean something else in YAML when they stand without quotes.</summary>
    private static readonly string[] Tricky =
        ["true", "1", "1.5", "null", "~", "", " x ", "a: b", "- a", "0x1F", "1e3", "#", "2025-04-01", "'", "\"", "*a", "&a", "!t", "yes", ".5", "+1"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kt-routes-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Shadow_tells_rules_apart_that_save_and_that_cost_more()
    {
        await using var server = new ReplayServer().On("GET /v1/routes/shadow?since=7d", """
            {"from":"2026-06-09T00:00:00Z","to":"2026-06-16T00:00:00Z","currency":"USD","rules":[
             {"rule":"small calls","calls":1200,"compared_calls":1100,"cost":500.000000000,"rule_cost":200.000000000,"saving":300.000000000},
             {"rule":"long answers","calls":30,"compared_calls":30,"cost":80.000000000,"rule_cost":200.000000000,"saving":-120.000000000}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "shadow", "--since", "7d"));
        string[] Cells(string rule) => kt.Out.Split('\n').First(line => line.Contains(rule, StringComparison.Ordinal)).Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(["small calls", "1,200", "1,100", "500.00", "200.00", "300.00"], Cells("small calls"));
        Assert.Equal(["long answers", "30", "30", "80.00", "200.00", "-120.00"], Cells("long answers"));
    }

    [Fact]
    public async Task Show_gives_a_document_that_apply_takes_again()
    {
        await using var server = new ReplayServer().On("GET /v1/routes", Current).On("PUT /v1/routes", Unchanged);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "show"));
        Assert.StartsWith("# Version 3, 2026-06-01 10:00:00Z, by key_1: cheaper nights\nproviders:\n- name: openai\n", kt.Out, StringComparison.Ordinal);
        Assert.Contains("- name: \"4\"\n", kt.Out, StringComparison.Ordinal);
        var file = Write("shown.yaml", kt.Out);
        Assert.Equal(0, await kt.RunAsync("routes", "apply", "-f", file));
        using var sent = JsonDocument.Parse(server.Requests.Last().Body);
        using var current = JsonDocument.Parse(Current);
        Assert.True(JsonElement.DeepEquals(current.RootElement.GetProperty("policy"), sent.RootElement.GetProperty("policy")));
        Assert.Equal("Nothing to change: version 3, which is in force, says the same.", kt.Error.Trim());
    }

    [Fact]
    public async Task Apply_shows_what_changes_and_takes_the_answer_of_show_as_json_too()
    {
        await using var server = new ReplayServer().On("PUT /v1/routes", Changed);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "apply", "-f", Write("routes.json", Current), "--description", "why", "--expected-version", "3"));
        Assert.Matches(@"added\s+model\s+mini\s+lane: economy", kt.Out);
        Assert.Equal("Version 4 is in force; every gateway serves by it within two seconds.", kt.Error.Trim());
        using var sent = JsonDocument.Parse(server.Requests.Single().Body);
        Assert.Equal(
            ("openai", "why", 3, false),
            (sent.RootElement.GetProperty("policy").GetProperty("providers")[0].GetProperty("name").GetString(), sent.RootElement.GetProperty("description").GetString(),
                sent.RootElement.GetProperty("expected_version").GetInt32(), sent.RootElement.GetProperty("dry_run").GetBoolean()));
    }

    [Fact]
    public async Task Apply_warns_of_targets_that_take_no_calls()
    {
        var warned = Changed.Trim()[..^1] + ""","warnings":["Target openai/x has no price."]}""";
        await using var server = new ReplayServer().On("PUT /v1/routes", warned);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "apply", "-f", Write("routes.json", Current)));
        Assert.EndsWith("Warning: Target openai/x has no price.", kt.Error.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain("Warning", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_as_a_dry_run_says_that_nothing_has_changed()
    {
        await using var server = new ReplayServer().On("PUT /v1/routes", Changed.Replace("true", "false", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "apply", "-f", Write("routes.json", Current), "--dry-run"));
        Assert.Equal("Nothing has changed: this would become version 4.", kt.Error.Trim());
    }

    [Theory]
    [InlineData("a: [1", "routes.yaml, line ")]
    [InlineData("a: 1\na: 2", "routes.yaml, line 2: Duplicate key")]
    [InlineData("a: 1\n---\nb: 2", "routes.yaml must have one document; it has 2.")]
    [InlineData("", "routes.yaml must have one document; it has 0.")]
    [InlineData("a: &a [*a]", "routes.yaml, line ")]
    [InlineData("? [x]\n: 1", "routes.yaml, line 1: a name must be a text.")]
    public async Task Apply_of_a_file_that_is_no_document_says_where_and_sends_nothing(string text, string message)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync("routes", "apply", "-f", Write("routes.yaml", text)));
        Assert.Contains(message, kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task A_few_bytes_that_stand_for_very_many_are_refused()
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);
        var laughs = string.Join('\n', Enumerable.Range(0, 10).Select(level => level == 0 ? "a0: &a0 [x, x, x, x, x, x, x, x, x, x]" : $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]"));

        Assert.Equal(2, await kt.RunAsync("routes", "apply", "-f", Write("routes.yaml", laughs)));
        Assert.Contains("larger than any policy", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_of_a_document_asks_for_a_dry_run_and_of_versions_for_their_difference()
    {
        await using var server = new ReplayServer().On("PUT /v1/routes", Changed)
            .On("GET /v1/routes/diff?from=2&to=3", """{"from":2,"to":3,"changes":[]}""").On("GET /v1/routes/diff?from=2", """{"from":2,"to":4,"changes":[{"kind":"rule","name":"r","change":"moved","detail":"place: 1 → 2"}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("routes", "diff", "-f", Write("routes.json", Current)));
        Assert.Contains("\"dry_run\":true", server.Requests.Single().Body, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("routes", "diff", "2", "3"));
        Assert.Equal(1, await kt.RunAsync("routes", "diff", "2"));
        Assert.Matches(@"moved\s+rule\s+r\s+place: 1 → 2", kt.Out);
        Assert.Equal(2, await kt.RunAsync("routes", "diff"));
        Assert.Equal(2, await kt.RunAsync("routes", "diff", "2", "-f", "x"));
    }

    [Fact]
    public async Task Explain_shows_rules_the_targets_of_the_lane_and_whom_other_lanes_would_ask_first()
    {
        await using var server = new ReplayServer().On("POST /v1/routes/explain", """
            {"policy_version":3,"model":"gpt-4o","lane_asked":"premium","lane":"economy","wallet_status":"","input_tokens":1500,"currency":"USD","rules":[{"name":"small","mode":"on","lane":"economy","outcome":"decides","detail":"It moves the call."}],"lanes":[{"lane":"economy","set":"lane/economy","strategy":"ordered","targets":[{"target":"openai/a","place":1,"service_tier":"flex","detail":"First.","estimated_cost":0.000175000,"set_aside":0.001000000},{"target":"openai/b","place":0,"service_tier":"standard","detail":"No price.","estimated_cost":null,"set_aside":null}]},{"lane":"premium","set":"model/gpt-4o","strategy":"ordered","targets":[{"target":"openai/c","place":1,"service_tier":"standard","detail":"First.","estimated_cost":0.005000000,"set_aside":0.02},{"target":"openai/d","place":2,"service_tier":"standard","detail":"Later.","estimated_cost":0.005000000,"set_aside":0.02}]}],"limits_outcome":"refused","limits":[{"limit":"team-pace","scope":"team","subject":"search","measure":"requests_per_minute","most":600,"needs":1,"used":600,"room":0,"outcome":"refused","room_in_ms":32000,"queue_ms":0,"detail":"No room."},{"limit":"each-key","scope":"key","subject":"","measure":"tokens_per_day","most":5000,"needs":1600,"used":null,"room":null,"outcome":"unknown","room_in_ms":null,"queue_ms":0,"detail":"Say which."}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "explain", "--model", "gpt-4o", "--workload", "evaluation", "--team", "search", "--input-tokens", "1500", "--max-output-tokens", "100"));
        Assert.Contains("  held ", kt.Out, StringComparison.Ordinal);
        Assert.Equal("""{"model":"gpt-4o","workload":"evaluation","team_id":"search","input_tokens":1500,"max_output_tokens":100}""", server.Requests.Single().Body);
        Assert.Contains("lane    economy instead of premium", kt.Out, StringComparison.Ordinal);
        Assert.Matches(@"1\s+small\s+on\s+economy\s+decides\s+It moves the call.", kt.Out);
        Assert.Matches(@"economy\s+ordered\s+1\s+openai/a\s+flex\s+0.000175\s+0.001\s+First.", kt.Out);
        Assert.Matches(@"–\s+openai/b\s+standard\s+–\s+–\s+No price.", kt.Out);
        Assert.Matches(@"premium\s+ordered\s+1\s+openai/c\s+standard\s+0.005\s+0.02\s+First.", kt.Out);
        Assert.DoesNotContain("openai/d", kt.Out, StringComparison.Ordinal);
        Assert.Contains("limits  no room now: it is refused (below)", kt.Out, StringComparison.Ordinal);
        Assert.Matches(@"team-pace\s+search\s+requests per minute\s+600\s+600\s+0\s+1\s+refused\s+No room\.", kt.Out);
        Assert.Matches(@"each-key\s+–\s+tokens per day\s+5,000\s+–\s+–\s+1,600\s+unknown\s+Say which\.", kt.Out);
    }

    /// <summary>A server of the version before tells nothing of limits.</summary>
    [Fact]
    public async Task Explain_asks_for_a_keys_call_and_shows_no_limits_where_the_server_tells_none()
    {
        await using var server = new ReplayServer().On("POST /v1/routes/explain", """
            {"policy_version":3,"model":"gpt-4o","lane_asked":"premium","lane":"premium","wallet_status":"","input_tokens":1000,"currency":"USD","rules":[],"lanes":[]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "explain", "--model", "gpt-4o", "--key", "key_7", "--user", "ann"));
        Assert.Equal("""{"model":"gpt-4o","key_id":"key_7","user_id":"ann"}""", server.Requests.Single().Body);
        Assert.Contains("limits  not told by this server", kt.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("refused", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_says_first_that_the_key_may_not_ask()
    {
        await using var server = new ReplayServer().On("POST /v1/routes/explain", """
            {"policy_version":3,"model":"gpt-4o","lane_asked":"premium","lane":"premium","wallet_status":"","input_tokens":1000,"currency":"USD","rules":[],"lanes":[],"limits_outcome":"passes","limits":[],"refusal_code":"key_frozen","refusal":"The key is frozen."}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "explain", "--model", "gpt-4o", "--key", "key_7"));
        Assert.Matches(@"^refused\s+The key is frozen\. \[key_frozen\]", kt.Out);
    }

    [Fact]
    public async Task History_and_rollback_go_by_version()
    {
        await using var server = new ReplayServer().On("GET /v1/routes/versions?limit=2&before=5", $$"""{"versions":[{{Current}}]}""").On("POST /v1/routes/rollback", Changed);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "history", "--limit", "2", "--before", "5"));
        Assert.Matches(@"3\s+2026-06-01 10:00:00Z\s+key_1\s+0\s+cheaper", kt.Out);
        Assert.Equal(0, await kt.RunAsync("routes", "rollback", "2", "--description", "too dear"));
        Assert.Equal("""{"version":2,"description":"too dear"}""", server.Requests.Last().Body);
        Assert.Equal(0, await kt.RunAsync("routes", "rollback", "2", "--expected-version", "3"));
        Assert.Equal("""{"version":2,"expected_version":3}""", server.Requests.Last().Body);
    }

    [Fact]
    public async Task Targets_are_shown_with_how_they_stand()
    {
        await using var server = new ReplayServer().On("GET /v1/routes/targets", """
            {"replica":"gw-1","targets":[{"name":"openai/gpt-4o","provider":"openai","model":"gpt-4o","state":"open","reopens_in_ms":1800,"failures":5,"window_attempts":9,"window_failures":6,"first_token_ms":240,"open_attempts":1,"last_failure":"answered 503","last_failure_at":"2026-06-15T12:00:00Z"}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "targets"));
        Assert.Matches(@"openai/gpt-4o\s+open\s+1800\s+5\s+6/9\s+240\s+1\s+answered 503\s+2026-06-15 12:00:00Z", kt.Out);
    }

    [Fact]
    public async Task Providers_add_changes_the_policy_on_top_of_the_version_that_it_read()
    {
        await using var server = new ReplayServer().On("GET /v1/routes", Current).On("PUT /v1/routes", Changed);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("providers", "add", "local", "--kind", "compatible", "--base-url", "http://localhost:8000", "--api-key", "none"));
        using var sent = JsonDocument.Parse(server.Requests.Last().Body);
        Assert.Equal(3, sent.RootElement.GetProperty("expected_version").GetInt32());
        Assert.Equal(
            """[{"name":"openai"},{"name":"local","kind":"compatible","base_url":"http://localhost:8000","api_key":"none"}]""",
            sent.RootElement.GetProperty("policy").GetProperty("providers").GetRawText());
        Assert.Equal(0, await kt.RunAsync("providers", "add", "openai", "--base-url", "https://eu.api.openai.com", "--api-key", "env:EU_API_KEY"));
        using var again = JsonDocument.Parse(server.Requests.Last().Body);
        Assert.Equal(
            """[{"name":"openai","base_url":"https://eu.api.openai.com","api_key":"env:EU_API_KEY"}]""",
            again.RootElement.GetProperty("policy").GetProperty("providers").GetRawText());
    }

    [Fact]
    public async Task Providers_are_listed_and_tested_without_their_keys()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/providers", """{"providers":[{"name":"openai","kind":"openai","base_url":"","set_up":false,"api_key":"","key_hint":"","team_keys":["search"],"teams_without_key":["support"]}]}""")
            .On("POST /v1/providers/openai/test?team_id=search", """{"provider":"openai","passed":false,"status":401,"latency_ms":12,"models":0,"unlisted_targets":["openai/x"],"detail":"It refused the key."}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("providers", "list"));
        Assert.Matches(@"openai\s+openai\s+missing\s+configuration\s+search, support \(missing\)\s+no", kt.Out);
        Assert.Equal(1, await kt.RunAsync("providers", "test", "openai", "--team", "search"));
        Assert.Equal(["provider   openai", "passed     no", "answer     401 in 12 ms", "found      It refused the key.", "not named  openai/x"], kt.Out.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Any_json_is_the_same_after_yaml() =>
        Gen.Select(Gen.String, Gen.Int[0, Tricky.Length - 1].Select(index => Tricky[index])).Array[0, 6].Sample(pairs =>
        {
            var json = JsonSerializer.SerializeToElement(new
            {
                texts = pairs.Select(pair => pair.Item1.Replace("\0", "", StringComparison.Ordinal)).Where(text => text.All(character => character is >= ' ' and <= '~')).Concat(pairs.Select(pair => pair.Item2)),
                numbers = new object?[] { 1, -5, 900_000_000_000_001L, 1.5m, true, null },
                none = Array.Empty<int>(),
            });
            Assert.True(JsonElement.DeepEquals(json, YamlReader.Read(Write($"{Guid.NewGuid():N}.yaml", YamlWriter.Write(json)))));
        }, iter: 200, threads: 1);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
