using Platform.Cli.Tests.Bills;

namespace Platform.Cli.Tests;

/// <summary><c>kt reconcile</c> of the oldest month that retention keeps: before its first moment nothing is kept.</summary>
public sealed class OldestMonthTests
{
    private const string Refusal = """{"status":409,"detail":"Usage records from 2026-05-01 to before 2026-06-01 are no longer kept.","reason":"USAGE_NOT_KEPT"}""";
    private const string WithMargin = "GET /v1/reconciliation/usage?from=2026-05-31T23%3A50%3A00.000000Z&to=2026-06-02T00%3A10%3A00.000000Z&recorded_until=2026-06-15T12%3A00%3A00.000000Z";
    private const string Ndjson = "application/x-ndjson";
    private static readonly string Exact = WithMargin.Replace("2026-05-31T23%3A50", "2026-06-01T00%3A00", StringComparison.Ordinal);

    /// <summary>One call of the window, and one of a second before it that the provider's clock places in it.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Check_by_attempt_begins_with_the_window_and_the_ledger_tells_calls_of_before(bool isForgedBill, int code)
    {
        await using var server = Server()
            .On("GET /invoice", Lines(
                Row("a", "2026-06-01T10:00:00Z"), Row(isForgedBill ? "nobody" : "edge", "2026-06-01T00:00:01Z")), mediaType: Ndjson)
            .On(Exact, Lines(Row("a", "2026-06-01T10:00:00Z")), mediaType: Ndjson)
            .On("GET /v1/reconciliation/postings?from=2026-05-31T23%3A50%3A00.000000Z&to=2026-06-02T00%3A00%3A00.000000Z", Lines(
                Row("a", "2026-06-01T10:00:00Z"), Row("edge", "2026-05-31T23:59:59Z")), mediaType: Ndjson)
            .On("POST /v1/exports/runs", """{"run_id":"r1","state":"completed","files":[{"billing_period":"2026-06"}]}""", 201)
            .On("GET /v1/exports/runs/r1/download", $"[\n{Row("a", "2026-06-01T10:00:00Z").Replace("\"model\"", "\"model_served\"", StringComparison.Ordinal)}\n]\n");
        using var kt = new RunningKt(server.Url);

        Assert.True(
            code == await kt.RunAsync("reconcile", "--from", "2026-06-01", "--to", "2026-06-02", "--invoice", $"{server.Url}/invoice"), kt.Out + kt.Error);
        Assert.Equal([WithMargin, Exact], server.Requests.Select(asked => asked.Request).Where(asked => asked.Contains("/usage?", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Bill_from_a_file_begins_with_its_first_day_and_says_what_is_not_seen()
    {
        Call[] calls = [Call.On(1, "09:00:00") with { Attempt = "a1" }];
        await using var server = Server().On(Exact, Call.Ndjson(calls), mediaType: Ndjson);
        using var files = new TemporaryFiles();
        using var kt = new RunningKt(server.Url);

        Assert.True(0 == await kt.RunAsync("reconcile", "--provider", "openai", "--file", files.Add(OpenAiBill.Costs(calls).ToJsonString())), kt.Out + kt.Error);
        Assert.Contains("What occurred before 2026-06-01 is no longer kept", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Month_that_is_not_kept_itself_and_other_refusals_stay_refused()
    {
        await using var server = Server().On(Exact, Refusal, 409, "application/problem+json");
        using var kt = new RunningKt(server.Url);
        Assert.Equal(1, await kt.RunAsync("reconcile", "--from", "2026-06-01", "--to", "2026-06-02"));
        Assert.Contains("USAGE_NOT_KEPT", kt.Error, StringComparison.Ordinal);

        server.On(WithMargin, """{"status":409,"detail":"Something else.","reason":"OTHER"}""", 409, "application/problem+json").On(Exact, "", mediaType: Ndjson);
        Assert.Equal(1, await kt.RunAsync("reconcile", "--from", "2026-06-01", "--to", "2026-06-02"));
        Assert.Contains("Something else.", kt.Error, StringComparison.Ordinal);
    }

    private static ReplayServer Server() => new ReplayServer()
        .On("GET /v1/whoami", """{"server_time":"2026-06-15T12:00:00Z"}""")
        .On("GET /v1/reconciliation/open-holds", "", mediaType: Ndjson)
        .On("GET /v1/reconciliation/postings", "", mediaType: Ndjson)
        .On(WithMargin, Refusal, 409, "application/problem+json");

    /// <summary>As each of the legs says it, with the fields of all.</summary>
    private static string Row(string attempt, string occurredAt) =>
        $$"""{"record_id":"{{attempt}}","posting_id":"{{attempt}}","attempt_id":"{{attempt}}","team_id":"t","model":"m","funding":"leased","upstream_key":"1234","cost":0.000000007,"occurred_at":"{{occurredAt}}","recorded_at":"2026-06-01T12:00:00Z"}""";

    private static string Lines(params string[] rows) => string.Concat(rows.Select(row => row + "\n"));
}
