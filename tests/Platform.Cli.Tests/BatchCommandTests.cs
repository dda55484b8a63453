using Platform.Cli.Api;
using Platform.Testing;

namespace Platform.Cli.Tests;

public sealed class BatchCommandTests : IDisposable
{
    private const string Id = "01890000-0000-7000-8000-000000000001";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kt-batch-");

    private string Target => Path.Combine(_folder.FullName, "results.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Results_that_break_off_leave_no_file_that_looks_whole()
    {
        await using var gateway = new ReplayServer().OnBreaking($"GET /v1/batches/{Id}/results", "{\"position\":1}\n");
        using var kt = NewKt(gateway);

        Assert.Equal(4, await kt.RunAsync("batches", "results", Id, "--output-file", Target));
        Assert.Contains("The answer broke off", kt.Error, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFiles());
        File.WriteAllText(Target, "of before\n");
        Assert.Equal(4, await kt.RunAsync("batches", "results", Id, "--output-file", Target));
        Assert.Equal("of before\n", File.ReadAllText(Target));
        Assert.Equal(4, await kt.RunAsync("batches", "results", Id));
    }

    [Fact]
    public async Task Results_take_the_files_name_when_all_are_there()
    {
        await using var gateway = new ReplayServer().On($"GET /v1/batches/{Id}/results", "{\"position\":1}\n{\"position\":2}\n", mediaType: "application/jsonl");
        using var kt = NewKt(gateway);

        Assert.Equal(0, await kt.RunAsync("batches", "results", Id, "--output-file", Target));
        Assert.Equal("{\"position\":1}\n{\"position\":2}\n", File.ReadAllText(Target));
        Assert.Single(_folder.GetFiles());
    }

    [Theory]
    [InlineData(""","last_id":"b2","has_more":true""", "More: --page b2")]
    [InlineData(""","last_id":"b2","has_more":false""", "")]
    [InlineData("", "")]
    public async Task List_that_is_cut_names_its_next_page(string rest, string told)
    {
        await using var gateway = new ReplayServer().On("GET /v1/batches", $$"""{"object":"list","data":[]{{rest}}}""");
        using var kt = NewKt(gateway);

        Assert.Equal(0, await kt.RunAsync("batches", "list", "--limit", "2", "--page", "b0"));
        Assert.Equal("GET /v1/batches?limit=2&after=b0", gateway.Requests.Single().Request);
        Assert.Equal(told, kt.Error.Replace("There is none.", "", StringComparison.Ordinal).Trim());
    }

    [Theory]
    [InlineData("waits_for_funds_until", "The wallet cannot pay: what is not paid until 2026-11-27 06:00:00Z fails.")]
    [InlineData("waits_for_unfreezing_until", "is frozen: nothing of it runs until an admin unfreezes it, and what has not run by 2026-11-27 06:00:00Z fails.")]
    public async Task Batch_that_is_kept_from_running_says_by_what_and_until_when(string field, string told)
    {
        await using var gateway = new ReplayServer().On($"GET /v1/batches/{Id}", $$$"""
            {"id":"{{{Id}}}","status":"waiting","name":"","lane":"scheduled","created_at":"2026-11-26T22:00:00Z","ended_at":null,"window_opens_at":"2026-11-26T22:00:00Z","{{{field}}}":"2026-11-27T06:00:00Z",
             "request_counts":{"total":1,"waiting":1,"running":0,"succeeded":0,"failed":0,"unknown":0,"cancelled":0}}
            """);
        using var kt = NewKt(gateway);

        Assert.Equal(0, await kt.RunAsync("batches", "show", Id));
        Assert.Contains(told, kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"2026-11-26T22:00:00Z\",\"window_is_open\":false", "Its lane's window opens at 2026-11-26 22:00:00Z.")]
    [InlineData("\"2026-11-26T22:00:00Z\"", "Its lane's window opens at 2026-11-26 22:00:00Z.")]
    [InlineData("\"2026-11-26T22:00:00Z\",\"window_is_open\":true", "Its lane's window is open.")]
    [InlineData("null,\"window_is_open\":false", "Its lane 'scheduled' is gone or has no windows")]
    public async Task Batch_that_waits_says_when_its_window_opens_or_that_it_is_open(string window, string told)
    {
        await using var gateway = new ReplayServer().On($"GET /v1/batches/{Id}", $$$"""
            {"id":"{{{Id}}}","status":"waiting","name":"","lane":"scheduled","created_at":"2026-11-26T22:00:00Z","ended_at":null,"window_opens_at":{{{window}}},
             "request_counts":{"total":1,"waiting":1,"running":0,"succeeded":0,"failed":0,"unknown":0,"cancelled":0}}
            """);
        using var kt = NewKt(gateway);

        Assert.Equal(0, await kt.RunAsync("batches", "show", Id));
        Assert.Contains(told, kt.Error, StringComparison.Ordinal);
        Assert.Single(kt.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Submission_whose_answer_got_lost_tells_the_key_to_repeat_with()
    {
        await using var gateway = new ReplayServer().On("POST /v1/batches", """{"error":{"message":"Try again shortly.","code":"dependency_unavailable"}}""", 503);
        using var kt = NewKt(gateway);
        File.WriteAllText(Target, "{}\n");

        Assert.Equal(4, await kt.RunAsync("batches", "submit", Target));
        var key = kt.Error.Split('\n')[0].Split(" add ")[1].Split(' ');
        Assert.Equal(4, await kt.RunAsync(["batches", "submit", Target, .. key]));
        Assert.Equal(2, gateway.Requests.Count);
        Assert.Single(gateway.Requests.Distinct());
        Assert.Single(gateway.Keys.Distinct());
    }

    [Theory(Timeout = 600_000)]
    // How much of the file the gateway reads before it refuses.
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task Refusal_of_a_large_file_is_told_however_little_of_it_was_read(int bytes)
    {
        const string why = """{"error":{"message":"Nothing was accepted. Line 1: it is no JSON object.","code":"INVALID_ARGUMENT"}}""";
        using var gateway = new ClosingServer();
        using var kt = NewKt($"http://{gateway.Authority}");
        await File.WriteAllTextAsync(Target, new string(' ', 64 * 1024 * 1024), TestContext.Current.CancellationToken);
        var serving = gateway.ServeAsync(
            $"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {why.Length}\r\n\r\n{why}", TestContext.Current.CancellationToken, bytes);

        Assert.Equal(1, await kt.RunAsync("batches", "submit", Target));
        Assert.Contains("Nothing was accepted. Line 1: it is no JSON object.", kt.Error, StringComparison.Ordinal);
        await serving;
    }

    [Fact]
    public async Task Gateway_that_serves_no_batches_is_not_taken_for_a_wrong_address_of_the_api()
    {
        await using var gateway = new ReplayServer().On("POST /v1/batches", """{"error":{"message":"The gateway does not answer POST on this path.","code":"route_not_served"}}""", 404);
        using var kt = NewKt(gateway);
        File.WriteAllText(Target, "{}\n");

        Assert.Equal(1, await kt.RunAsync("batches", "submit", Target));
        Assert.Contains("The gateway does not answer POST on this path.", kt.Error, StringComparison.Ordinal);
        Assert.Contains(GatewayAddress.UrlVariable, kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("KEEPTRUSTS_API_URL", kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("It may have taken effect", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_address_of_the_gateway_is_told_by_its_own_variable()
    {
        using var kt = new RunningKt("http://127.0.0.1:1");
        kt.Variables[GatewayAddress.UrlVariable] = "localhost:5130";
        kt.Variables[GatewayAddress.KeyVariable] = "kt_live_0123456789abcdef";

        Assert.Equal(2, await kt.RunAsync("batches", "show", Id));
        Assert.Contains($"Set {GatewayAddress.UrlVariable}", kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("KEEPTRUSTS_API_URL", kt.Error, StringComparison.Ordinal);
    }

    private static RunningKt NewKt(ReplayServer gateway) => NewKt(gateway.Url);

    private static RunningKt NewKt(string gateway)
    {
        var kt = new RunningKt("http://127.0.0.1:1");
        kt.Variables[GatewayAddress.UrlVariable] = gateway;
        kt.Variables[GatewayAddress.KeyVariable] = "kt_live_0123456789abcdef";
        return kt;
    }
}
