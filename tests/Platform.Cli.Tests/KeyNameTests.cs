using System.Text.Json;

namespace Platform.Cli.Tests;

/// <summary>Who is behind a key is said where people read; JSON has the API's ids.</summary>
public sealed class KeyNameTests
{
    private const string Keys = """
        {"keys":[{"key_id":"key_1","name":"root","user_id":""},{"key_id":"key_2","name":"laptop","user_id":"ann"}],"next_page_token":""}
        """;

    /// <summary>Command line → what is asked for, its answer, and what stands in the table.</summary>
    [Theory]
    [InlineData("audit list", "GET /v1/audit", """{"records":[{"audit_id":1,"recorded_at":"2026-06-01T00:00:00Z","actor":"key_2","action":"team.create","subject":"team_a","before":null,"after":{"name":"A"}}]}""", "laptop of ann (key_2)")]
    [InlineData("routes history", "GET /v1/routes/versions", """{"versions":[{"version":2,"applied_at":"2026-06-01T00:00:00Z","actor":"key_1","changes":[],"description":""}]}""", "root (key_1)")]
    [InlineData("routes show", "GET /v1/routes", """{"version":2,"applied_at":"2026-06-01T00:00:00Z","actor":"key_1","description":"","policy":{"owner":"key_1"}}""", "by root (key_1)")]
    [InlineData("forecast controls", "GET /v1/forecast/controls", """{"controls":[{"occurred_at":"2026-06-01T00:00:00Z","kind":"cap","team_id":"a","summary":"s","actor":"key_2","event_id":"e"}]}""", "laptop of ann (key_2)")]
    [InlineData("forecast scenarios list", "GET /v1/forecast/scenarios", """{"scenarios":[{"name":"s","shared":true,"owner":"key_2","changed_at":"2026-06-01T00:00:00Z","changes":["x"],"note":""}]}""", "laptop of ann (key_2)")]
    [InlineData("imports map list", "GET /v1/import-rules", """{"rules":[{"rule_id":1,"dimension":"key","value":"v","skip":false,"team_id":"a","set_at":"2026-06-01T00:00:00Z","set_by":"key_1","ended_at":"2026-06-02T00:00:00Z","ended_by":"key_2"}]}""", "by laptop of ann (key_2)")]
    [InlineData("periods list", "GET /v1/periods", """{"periods":[{"period":"2026-05","state":"closed","cost":1,"calls":1,"late_cost":0,"unpriced_records":0,"time_zone":"UTC","closed_at":"2026-06-01T00:00:00Z","closed_by":"key_2"}]}""", "laptop of ann (key_2)")]
    [InlineData("export-jobs get j", "GET /v1/exports/jobs/j", """{"job_id":"1","name":"j","cron":"c","window":"7d","format":"json","s3_bucket":"b","s3_prefix":"","created_by":"key_1","changed_by":"key_2","next_due_at":null,"last_run":null}""", "made by      root (key_1)")]
    [InlineData("demand --by key", "GET /v1/demand/denied", """{"from":"2026-06-01T00:00:00Z","to":"2026-06-02T00:00:00Z","currency":"USD","group_by":["key"],"rows":[{"key":"key_2","attempts":1,"estimated":1,"observed_attempts":0,"observed":0,"delayed_attempts":0,"delayed":0,"delayed_ms":0}],"total":{"attempts":1,"estimated":1,"observed_attempts":0,"observed":0,"delayed_attempts":0,"delayed":0,"delayed_ms":0}}""", "laptop of ann (key_2)")]
    [InlineData("alerts ack a", "POST /v1/alerts/a/acknowledge", """{"title":"T","acknowledged_by":"key_2","acknowledged_at":"2026-06-01T00:00:00Z"}""", "Acknowledged by laptop of ann (key_2)")]
    [InlineData("workloads rules list", "GET /v1/workloads/rules", """{"rules":[{"position":1,"name":"s","workload":"batch","conditions":{},"tags":{},"min_input_tokens":null,"max_input_tokens":null,"set_at":"2026-06-01T00:00:00Z","set_by":"key_2"}]}""", "laptop of ann (key_2)")]
    [InlineData("workloads rules set r --workload batch --team a", "PUT /v1/workloads/rules/r", """{"rules":[{"position":1,"name":"s","workload":"batch","conditions":{},"tags":{},"min_input_tokens":null,"max_input_tokens":null,"set_at":"2026-06-01T00:00:00Z","set_by":"key_2"}]}""", "laptop of ann (key_2)")]
    [InlineData("workloads rules remove r", "DELETE /v1/workloads/rules/r", """{"rules":[{"position":1,"name":"s","workload":"batch","conditions":{},"tags":{},"min_input_tokens":null,"max_input_tokens":null,"set_at":"2026-06-01T00:00:00Z","set_by":"key_2"}]}""", "laptop of ann (key_2)")]
    [InlineData("wallets transactions wal_a", "GET /v1/wallets/wal_a/transactions", """{"transactions":[{"recorded_at":"2026-06-01T00:00:00Z","kind":"top_up","amount":1.5,"from_account":"a","to_account":"b","balance_after":2.5,"actor":"key_2","description":"","attempt_id":""}]}""", "laptop of ann (key_2)")]
    public async Task An_actor_is_named_where_people_read(string line, string request, string answer, string shown)
    {
        await using var server = new ReplayServer().On(request, answer).On("GET /v1/keys", Keys);
        using var kt = new RunningKt(server.Url);

        Assert.True(await kt.RunAsync(line.Split(' ')) == 0, kt.Error);
        Assert.Contains(shown, kt.Out + kt.Error, StringComparison.Ordinal);

        if (!line.StartsWith("routes show", StringComparison.Ordinal))
        {
            Assert.Equal(0, await kt.RunAsync([.. line.Split(' '), "-o", "json"]));
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse(answer), JsonElement.Parse(kt.Out)), kt.Out);
        }
    }

    [Fact]
    public async Task A_policys_document_is_shown_as_it_is_applied()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/routes", """{"version":2,"applied_at":"2026-06-01T00:00:00Z","actor":"key_1","description":"","policy":{"owner":"key_1"}}""").On("GET /v1/keys", Keys);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "show"));
        Assert.EndsWith("owner: key_1", kt.Out.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_key_is_asked_for_once_and_one_that_nobody_knows_goes_by_its_id()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/audit", $$"""{"records":[{{string.Join(',', Enumerable.Range(0, 250).Select(number => Record($"key_{number % 125}")))}}]}""").On("GET /v1/keys", Keys);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("audit", "list"));

        var asked = server.Requests.Select(sent => sent.Request).Where(request => request.StartsWith("GET /v1/keys", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, asked.Length);
        Assert.Equal(Enumerable.Range(0, 125).Select(number => $"key_{number}"), asked.SelectMany(request => Uri.UnescapeDataString(request.Split('=', '&')[1]).Split(',')));
        Assert.All(asked, request => Assert.EndsWith("&page_size=100", request, StringComparison.Ordinal));
        Assert.Contains(" key_124 ", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_names_cannot_be_had_ids_stand_alone_and_it_is_said()
    {
        await using var server = new ReplayServer().On("GET /v1/audit", $$"""{"records":[{{Record("key_1")}}]}""")
            .On("GET /v1/keys", """{"status":503,"detail":"Wallet does not answer.","reason":"DEPENDENCY_UNAVAILABLE"}""", 503, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("audit", "list"));
        Assert.Contains(" key_1 ", kt.Out, StringComparison.Ordinal);
        Assert.Contains("The names of keys could not be looked up, so their ids stand alone: Wallet does not answer.", kt.Error, StringComparison.Ordinal);
    }

    /// <summary>The change has taken effect, which is not told later, or not at all, because of a name.</summary>
    [Fact]
    public async Task Names_that_do_not_come_are_not_waited_for()
    {
        const string Names = "GET /v1/keys?key_id=key_2&page_size=100";
        await using var server = new ReplayServer().On("GET /v1/keys", Keys).OnSilent(Names)
            .On("POST /v1/alerts/a/acknowledge", """{"title":"T","acknowledged_by":"key_2","acknowledged_at":"2026-06-01T00:00:00Z"}""");
        using var kt = new RunningKt(server.Url) { Patience = TimeSpan.FromSeconds(20) };

        Assert.Equal(0, await kt.RunAsync("alerts", "ack", "a"));
        Assert.Contains(Names, server.Received);
        Assert.Contains("Acknowledged by key_2", kt.Out + kt.Error, StringComparison.Ordinal);
        Assert.Contains("so their ids stand alone: They have not come within 2 seconds.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_stops_the_wait_for_names_is_told_what_was_done()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new ReplayServer().OnSilent("GET /v1/keys?key_id=key_2&page_size=100", stop.Cancel)
            .On("GET /v1/keys", Keys).On("POST /v1/alerts/a/acknowledge", """{"title":"T","acknowledged_by":"key_2","acknowledged_at":"2026-06-01T00:00:00Z"}""");
        using var kt = new RunningKt(server.Url) { Stop = stop.Token };

        Assert.Equal(0, await kt.RunAsync("alerts", "ack", "a"));
        Assert.Contains("Acknowledged by key_2", kt.Out + kt.Error, StringComparison.Ordinal);
        Assert.Contains("so their ids stand alone: The wait for them was stopped.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_asked_for_where_no_key_acted()
    {
        await using var server = new ReplayServer().On("GET /v1/audit", $$"""{"records":[{{Record("bootstrap")}}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("audit", "list"));
        Assert.Single(server.Received);
    }

    /// <summary>One such would have the names of all others refused.</summary>
    [Fact]
    public async Task What_only_begins_as_an_id_is_not_asked_for()
    {
        string[] actors = ["key_a,key_b", "key_a b", "key_", $"key_{new string('a', 61)}", "key_2"];
        await using var server = new ReplayServer().On("GET /v1/audit", $$"""{"records":[{{string.Join(',', actors.Select(Record))}}]}""").On("GET /v1/keys", Keys);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("audit", "list"));
        Assert.Equal("GET /v1/keys?key_id=key_2&page_size=100", Assert.Single(server.Received, request => request.StartsWith("GET /v1/keys", StringComparison.Ordinal)));
        Assert.Contains(" key_a,key_b ", kt.Out, StringComparison.Ordinal);
        Assert.Contains(" laptop of ann (key_2) ", kt.Out, StringComparison.Ordinal);
    }

    private static string Record(string actor) =>
        $$$"""{"audit_id":1,"recorded_at":"2026-06-01T00:00:00Z","actor":"{{{actor}}}","action":"team.create","subject":"team_a","before":null,"after":{"name":"A"}}""";
}
