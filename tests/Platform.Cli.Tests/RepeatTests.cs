namespace Platform.Cli.Tests;

/// <summary>A command whose answer got lost can be repeated without doing it twice.</summary>
public sealed class RepeatTests
{
    private const string Away = """{"status":503,"detail":"Run 7 failed and is tried again by itself: Metering does not answer.","reason":"DEPENDENCY_UNAVAILABLE"}""";

    [Theory]
    [InlineData("export-jobs run nightly", "POST /v1/exports/jobs/nightly/run", "add --idempotency-key ")]
    [InlineData("export-jobs create --from 2026-06-01 --s3-bucket b", "POST /v1/exports/runs", "add --to 2026-06-15T12:00:00.0000000Z --idempotency-key ")]
    [InlineData("export-jobs create --from 2026-06-01 --to 2026-06-02 --s3-bucket b", "POST /v1/exports/runs", "add --idempotency-key ")]
    [InlineData("wallets credit --amount 5", "POST /v1/wallets/credit", "add --idempotency-key ")]
    [InlineData("wallets allocations plan --team support --amount 5 --monthly --at-end return", "POST /v1/wallets/allocations", "add --idempotency-key ")]
    public async Task A_failure_that_may_have_taken_effect_tells_the_key_to_repeat_with(string command, string request, string said)
    {
        await using var server = new ReplayServer().On(request, Away, 503, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(4, await kt.RunAsync(command.Split(' ')));
        Assert.Contains("Run 7 failed", kt.Error, StringComparison.Ordinal);
        Assert.Contains(said, kt.Error, StringComparison.Ordinal);
        string[] added = kt.Error.Split('\n')[0].Split(" add ")[1].Split(' ');
        Assert.Equal(4, await kt.RunAsync([.. command.Split(' '), .. added]));
        Assert.Equal(2, server.Requests.Count);
        Assert.Single(server.Requests.Distinct());
        Assert.Single(server.Keys.Distinct());
    }

    [Fact]
    public async Task A_correction_of_usage_tells_its_key_and_is_the_same_event_with_it()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/usage/r1", """
                {"record":{"record_id":"r1","currency":"USD"},"net_requests":1,"net_tokens":{"input":1000,"cached_input":200,"cache_write":0,"cache_write_1h":0,"output":500,"reasoning":0}}
                """)
            .On("POST /v1/spend/log", Away, 503, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(4, await kt.RunAsync("usage", "correct", "r1", "--output-tokens", "-100"));
        var key = kt.Error.Split('\n')[0].Split("--idempotency-key ")[1];
        Assert.Equal(4, await kt.RunAsync("usage", "correct", "r1", "--output-tokens", "-100", "--idempotency-key", key));
        Assert.Single(server.Requests.Where(request => request.Request.StartsWith("POST", StringComparison.Ordinal)).Distinct());
        Assert.Equal([key, key], server.Keys.Where(sent => sent.Length > 0));
    }

    [Fact]
    public async Task An_api_that_never_answers_is_away_and_its_request_may_have_taken_effect()
    {
        await using var server = new ReplayServer().OnSilent("POST /v1/wallets/credit");
        using var kt = new RunningKt(server.Url) { Patience = TimeSpan.FromSeconds(3) }; // The request has to get there in it.

        Assert.Equal(4, await kt.RunAsync("wallets", "credit", "--amount", "5"));
        Assert.Contains($"add --idempotency-key {server.Keys.Single()}", kt.Error, StringComparison.Ordinal);
        Assert.Contains("does not answer: it has not within 3 seconds", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_took_no_effect_and_tells_no_key()
    {
        await using var server = new ReplayServer().On("POST /v1/wallets/credit", """{"status":403,"detail":"No.","reason":"PERMISSION_DENIED"}""", 403, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(3, await kt.RunAsync("wallets", "credit", "--amount", "5"));
        Assert.DoesNotContain("idempotency-key", kt.Error, StringComparison.Ordinal);
    }
}
