using System.Text.Json.Nodes;

namespace Platform.Cli.Tests.Bills;

public sealed class ReconcileBillCommandTests
{
    private const string WhoAmI = """{"server_time":"2026-06-15T12:00:00Z"}""";
    private const string Hold = """{"attempt_id":"attempt-1","wallet_id":"w","team_id":"t","state":"suspended","reserved":0.000500000,"reason":"usage unknown","occurred_at":"2026-06-02T10:00:00Z","model":"alpha"}""";

    private static readonly Call[] Calls =
    [
        Call.On(1, "09:00:00") with { Attempt = "a1" }, Call.On(1, "10:00:00", cached: 40) with { Attempt = "a2" }, Call.On(2, "12:00:00", model: "beta", key: "k2bb") with { Attempt = "a3" },
        Call.On(2, "12:00:00", model: "gamma") with { Attempt = "a4" }, Call.On(2, "13:00:00", output: 0) with { Attempt = "a6" }, Call.On(2, "12:00:00", model: "beta") with { Attempt = "a5", Funding = "history" },
    ];

    // The bill has what is in suspense, charges alpha's output 25 % more, knows nothing of gamma, and has a key that the records do not know.
    private static readonly Call[] Billed = [Calls[0], Calls[1], Calls[2], Calls[4], Call.On(2, "10:00:00", input: 50, output: 10), Call.On(2, "11:00:00", key: "k9zz")];

    [Fact]
    public async Task Bill_from_files_is_printed_by_outcome_with_causes_and_the_answer_is_1()
    {
        await using var server = Server();
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync(Arguments(files)));
        Assert.Equal(
            [
                "matched 1 0.000052525 0.000052525 0.000000000 1,100 1,100",
                "drift 2 0.008220000 0.007620000 0.000600000 3,300 3,240",
                "unattributed on bill 1 0.003000000 0.000000000 0.003000000 1,100 0",
                "unattributed in records 1 0.000000000 0.000052525 -0.000052525 0 1,100",
                "all 5 0.011272525 0.007725050 0.003547475 5,500 5,440",
            ],
            kt.Out.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
                .SkipWhile(line => !line.StartsWith("matched", StringComparison.Ordinal)).Take(5));
        Assert.Contains("output: the bill implies 10.00 a million tokens, price row 17 says 8.00.", kt.Out, StringComparison.Ordinal);
        Assert.Contains("open: attempt-1 suspended (usage unknown), 0.000500000 held", kt.Out, StringComparison.Ordinal);
        Assert.Contains("DIFFERENT: 4 of 5 cells do not match.", kt.Out, StringComparison.Ordinal);
        Assert.Equal(
            "GET /v1/reconciliation/usage?from=2026-05-31T23%3A50%3A00.000000Z&to=2026-06-03T00%3A10%3A00.000000Z&recorded_until=2026-06-15T12%3A00%3A00.000000Z",
            server.Requests.Last().Request);
    }

    [Fact]
    public async Task Json_of_a_bill_is_a_contract()
    {
        await using var server = Server();
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync([.. Arguments(files), "--day", "2026-06-02", "-o", "json"]));
        var expected = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Bills", "bill.json"), TestContext.Current.CancellationToken);
        Assert.Equal(expected.Trim(), kt.Out.Trim());
    }

    [Fact]
    public async Task History_is_compared_only_when_it_is_asked_for()
    {
        await using var server = Server();
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync([.. Arguments(files), "--history", "--day", "2026-06-02"]));
        Assert.Contains("of 5 cells", kt.Out, StringComparison.Ordinal);
        Assert.Contains("'beta'", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Day_that_no_page_of_the_bill_has_is_named_and_nothing_is_equal_without_it()
    {
        await using var server = Server();
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);
        string[] tolerant = [.. Arguments(files), "--tolerance", "25%"];

        // June 3 and 4 have ended by the watermark, June 15 has not.
        Assert.Equal(0, await kt.RunAsync([.. tolerant, "--from", "2026-06-01", "--to", "2026-06-02"]));
        Assert.Equal(1, await kt.RunAsync([.. tolerant, "--from", "2026-06-01", "--to", "2026-06-05"]));
        Assert.Contains("Not compared, because no page of the bill has these 2 days: 2026-06-03, 2026-06-04.", kt.Out, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync([.. tolerant, "--from", "2026-06-01", "--to", "2026-07-01", "-o", "json"]));
        Assert.Contains("\"days_not_covered\":[\"2026-06-03\"", kt.Out.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("\"2026-06-15\"", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(23, false)]
    [InlineData(24, true)]
    public async Task Day_of_which_the_bill_has_some_hours_only_is_named(int hours, bool isWhole)
    {
        Call[] calls = [Call.On(1, "02:30:00") with { Attempt = "a1" }];
        await using var server = new ReplayServer()
            .On("GET /v1/whoami", WhoAmI)
            .On("GET /v1/reconciliation/open-holds", "", mediaType: "application/x-ndjson")
            .On("GET /v1/reconciliation/usage", Call.Ndjson(calls), mediaType: "application/x-ndjson");
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);

        // By the hour, the last one twice: as where pages overlap.
        var page = OpenAiBill.Costs(calls);
        var whole = page["data"]![0]!.AsObject();
        var start = whole["start_time"]!.GetValue<long>();
        page["data"] = new JsonArray([.. Enumerable.Range(0, hours).Append(hours - 1).Select(hour => (JsonNode)new JsonObject
        {
            ["object"] = "bucket", ["start_time"] = start + (hour * 3600), ["end_time"] = start + ((hour + 1) * 3600), ["results"] = hour == 2 ? whole["results"]!.DeepClone() : new JsonArray(),
        })]);
        Assert.True(await kt.RunAsync("reconcile", "--provider", "openai", "--file", files.Add(page.ToJsonString())) == 0, kt.Out + kt.Error);
        const string told = "no page of the bill has some hours of this day: 2026-06-01.";
        Assert.Equal(!isWhole, kt.Out.Contains(told, StringComparison.Ordinal));
        await kt.RunAsync("reconcile", "--provider", "openai", "--file", files.Add(page.ToJsonString()), "-o", "json");
        Assert.Equal(isWhole ? [] : ["2026-06-01"], JsonNode.Parse(kt.Out)!["days_covered_in_part"]!.AsArray().Select(day => day!.GetValue<string>()));
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("openai", 2)]
    [InlineData("anthropic", 1)]
    public async Task Attempt_in_suspense_at_another_provider_explains_nothing(string provider, int code)
    {
        Call[] calls = [Call.On(1, "09:00:00") with { Attempt = "a1" }];
        await using var server = new ReplayServer()
            .On("GET /v1/whoami", WhoAmI)
            .On("GET /v1/reconciliation/open-holds", Hold.Replace("2026-06-02", "2026-06-01", StringComparison.Ordinal).Replace("}", $",\"provider\":\"{provider}\"}}", StringComparison.Ordinal) + "\n", mediaType: "application/x-ndjson")
            .On("GET /v1/reconciliation/usage", Call.Ndjson(calls), mediaType: "application/x-ndjson");
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);
        Call[] billed = [.. calls, Call.On(1, "10:00:00", input: 50, output: 10)];
        Assert.True(
            code == await kt.RunAsync("reconcile", "--provider", "openai", "--file", files.Add(OpenAiBill.Costs(billed).ToJsonString()), "--file", files.Add(OpenAiBill.Usage(billed).ToJsonString())),
            kt.Out + kt.Error);
        Assert.Equal(code == 2, kt.Out.Contains("open: attempt-1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("\"upstream_key\":\"k1aa\"", 2)]
    [InlineData("\"upstream_key\":\"k2bb\"", 1)]
    [InlineData("\"upstream_key\":\"ours\"", 2)]
    [InlineData("\"upstream_key\":\"k2bb\",\"tags\":{\"project\":\"k1aa\"}", 2)]
    [InlineData("\"upstream_key\":\"k1aa\",\"tags\":{\"project\":\"k2bb\"}", 1)]
    public async Task Attempt_in_suspense_of_another_key_of_the_provider_explains_nothing(string whose, int code)
    {
        Call[] calls = [Call.On(1, "09:00:00") with { Attempt = "a1" }];
        var hold = Hold.Replace("2026-06-02", "2026-06-01", StringComparison.Ordinal)[..^1] + (whose.Length == 0 ? "}" : $",{whose}}}");
        await using var server = new ReplayServer()
            .On("GET /v1/whoami", WhoAmI)
            .On("GET /v1/reconciliation/open-holds", hold + "\n", mediaType: "application/x-ndjson")
            .On("GET /v1/reconciliation/usage", Call.Ndjson(calls), mediaType: "application/x-ndjson");
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);
        Call[] billed = [.. calls, Call.On(1, "10:00:00", input: 50, output: 10)];
        Assert.True(
            code == await kt.RunAsync(
                "reconcile", "--provider", "openai", "--tag", "project", "--map", files.Add("map.json", """{"names":{"ours":"k1aa"}}"""),
                "--file", files.Add(OpenAiBill.Costs(billed).ToJsonString()), "--file", files.Add(OpenAiBill.Usage(billed).ToJsonString())),
            kt.Out + kt.Error);
    }

    [Theory]
    [InlineData("2026-06-01 differs by price", "--day 2026-06-01", 1)]
    [InlineData("all match by a share", "--day 2026-06-01 --tolerance 25%", 0)]
    [InlineData("no such day", "--day 2026-07-01", 1)]
    [InlineData("no day", "--day June", 2)]
    [InlineData("two ranges", "--day 2026-06-01 --from 2026-06-01", 2)]
    [InlineData("turned round", "--from 2026-06-02 --to 2026-06-01", 2)]
    [InlineData("tolerance", "--tolerance -1", 2)]
    [InlineData("no map", "--map /nowhere.json", 1)]
    [InlineData("other check's option", "--wait 5", 2)]
    public async Task Exit_code_is_that_of_the_comparison_or_of_the_wrong_option(string what, string options, int code)
    {
        await using var server = Server();
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);
        Assert.True(code == await kt.RunAsync([.. Arguments(files), .. options.Split(' ')]), $"{what}: {kt.Out}{kt.Error}");
    }

    [Fact]
    public async Task Wrong_file_or_option_is_refused_before_anything_is_asked()
    {
        await using var server = Server();
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("reconcile", "--provider", "openai", "--file", files.Add("""{"data":[{"start_time":"x"}]}""")));
        Assert.Equal(1, await kt.RunAsync("reconcile", "--provider", "openai", "--file", "/nowhere.json"));
        Assert.Equal(2, await kt.RunAsync("reconcile", "--file", files.Add(OpenAiBill.Costs(Billed).ToJsonString())));
        Assert.Contains("--file needs --provider", kt.Error, StringComparison.Ordinal);
        Assert.Equal(2, await kt.RunAsync("reconcile", "--provider", "openai"));
        Assert.Contains("--provider is for a bill from a file", kt.Error, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync([.. Arguments(files), "--map", files.Add("map.json", """{"names":{"k1aa":7}}""")]));
        Assert.Contains("names.k1aa is 7, not a text", kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task Map_gives_the_bill_s_names_to_our_keys()
    {
        await using var server = Server();
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync([.. Arguments(files), "--day", "2026-06-02", "--map", files.Add("map.json", """{"names":{"k2bb":"k9zz"},"models":{"beta-2026-01-15":"gamma"}}""")]));
        Assert.Contains("2026-06-02 k9zz beta: The bill nowhere names model 'beta'.", kt.Out, StringComparison.Ordinal);
        Assert.Contains("2026-06-02 k2bb gamma: No record of the compared days is of key 'k2bb'.", kt.Out, StringComparison.Ordinal);
    }

    private static string[] Arguments(TemporaryFiles files) =>
    [
        "reconcile", "--provider", "openai", "--file", files.Add(OpenAiBill.Costs(Billed, (model, kind) => model == "alpha" && kind == ProviderFiles.TokenKind.Output ? 1.25m : 1).ToJsonString()),
        "--file", files.Add(OpenAiBill.Usage(Billed).ToJsonString()),
    ];

    private static ReplayServer Server() => new ReplayServer()
        .On("GET /v1/whoami", WhoAmI)
        .On("GET /v1/reconciliation/open-holds", Hold + "\n", mediaType: "application/x-ndjson")
        .On("GET /v1/reconciliation/usage", Call.Ndjson(Calls), mediaType: "application/x-ndjson");
}
