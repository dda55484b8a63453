using System.Text.Json;

namespace Platform.Cli.Tests;

public sealed class AlertsCommandTests
{
    private const string Delivery = """
        {"delivery_id":7,"alert_id":"a1","alert_title":"Wallet low","channel_id":"chn_1","channel_name":"pager","state":"dead","attempts":10,"next_attempt_at":null,"last_attempt_at":"2026-06-10T12:00:00Z","delivered_at":null,"last_error":"The receiver answered 503."}
        """;

    private const string Alert = $$"""
        {"alert_id":"a1","kind":"wallet_low","severity":"warning","team_id":"team_support","subject":"wal_team_support","title":"Wallet low","summary":"Allocate more.","figures":[{"name":"put_in","value":"100.00","unit":"USD"}],"period_from":null,"period_to":null,"occurred_at":"2026-06-10T12:00:00Z","recorded_at":"2026-06-10T12:00:00Z","acknowledged_at":null,"acknowledged_by":"","acknowledged_note":"","deliveries":[{{Delivery}}]}
        """;

    private const string Channel = """
        {"channel_id":"chn_1","name":"pager","type":"webhook","target":"https://hooks.example.com","kinds":["wallet_low"],"team_ids":[],"minimum_severity":"warning","enabled":true,"problem":"","previous_secret_until":null,"created_at":"2026-06-10T12:00:00Z","changed_at":"2026-06-10T12:00:00Z","changed_by":"key_1","secret":"whsec_c2VjcmV0"}
        """;

    [Fact]
    public async Task List_asks_for_what_is_open_and_says_what_was_sent()
    {
        await using var server = new ReplayServer().On("GET /v1/alerts?team_id=team_support&minimum_severity=warning&page_size=100", $$"""{"alerts":[{{Alert}}],"next_page_token":"12"}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("alerts", "list", "--team", "team_support", "--severity", "warning"));
        Assert.Contains("Wallet low", kt.Out, StringComparison.Ordinal);
        Assert.Contains("0/1, 1 dead", kt.Out, StringComparison.Ordinal);
        Assert.Contains("More: --page 12", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_has_figures_and_deliveries()
    {
        await using var server = new ReplayServer().On("GET /v1/alerts/a1", Alert);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("alerts", "show", "a1"));
        Assert.Contains("put in        100.00 USD", kt.Out, StringComparison.Ordinal);
        Assert.Contains("The receiver answered 503.", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Channels_add_sends_target_and_filters_and_shows_the_secret_once()
    {
        await using var server = new ReplayServer().On("POST /v1/alert-channels", Channel, status: 201);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(
            "alerts", "channels", "add", "pager", "--webhook", "https://hooks.example.com/x", "--kinds", "wallet_low, wallet_exhausted", "--severity", "warning"));
        Assert.Equal(
            """{"name":"pager","type":"webhook","target":"https://hooks.example.com/x","kinds":["wallet_low","wallet_exhausted"],"minimum_severity":"warning"}""",
            server.Requests.Single().Body);
        Assert.Contains("secret   whsec_c2VjcmV0", kt.Out, StringComparison.Ordinal);
        Assert.Contains("not shown again", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slack_address_can_come_by_another_way_than_the_command_line()
    {
        await using var server = new ReplayServer().On("POST /v1/alert-channels", Channel, status: 201);
        using var kt = new RunningKt(server.Url) { Secret = "https://hooks.slack.com/services/T/B/x" };

        Assert.Equal(0, await kt.RunAsync("alerts", "channels", "add", "ops", "--slack", "-"));
        Assert.Equal("""{"name":"ops","type":"slack","target":"https://hooks.slack.com/services/T/B/x"}""", server.Requests.Single().Body);
    }

    [Fact]
    public async Task Channels_set_clears_a_filter_by_an_empty_text()
    {
        await using var server = new ReplayServer().On("PATCH /v1/alert-channels/chn_1", Channel);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("alerts", "channels", "set", "chn_1", "--kinds", "", "--enabled", "false", "-o", "json"));
        Assert.Equal("""{"enabled":false,"kinds":[]}""", server.Requests.Single().Body);
    }

    [Theory]
    [InlineData("alerts channels set pager --enabled true", "PATCH /v1/alert-channels/chn_1")]
    [InlineData("alerts channels rotate pager", "POST /v1/alert-channels/chn_1/rotate")]
    [InlineData("alerts channels remove pager", "DELETE /v1/alert-channels/chn_1")]
    [InlineData("alerts test pager --wait 0", "POST /v1/alerts/test")]
    public async Task A_channel_is_named_by_the_name_that_it_was_given(string command, string request)
    {
        await using var server = new ReplayServer().On("GET /v1/alert-channels", $$"""{"channels":[{{Channel}}]}""").On(request, request.EndsWith("test", StringComparison.Ordinal) ? Alert : Channel).On("GET /v1/alerts/a1", Alert);
        using var kt = new RunningKt(server.Url);

        _ = await kt.RunAsync(command.Split(' '));
        var sent = server.Requests.Single(sent => sent.Request == request);
        Assert.Equal(request.EndsWith("test", StringComparison.Ordinal), sent.Body == """{"channel_id":"chn_1"}""");
    }

    [Fact]
    public async Task A_channel_that_there_is_not_is_refused_with_one_hint()
    {
        await using var server = new ReplayServer().On("GET /v1/alert-channels", """{"channels":[]}""")
            .On("DELETE /v1/alert-channels/pager", """{"status":404,"detail":"There is no channel 'pager'. kt alerts channels list shows them.","reason":"CHANNEL_NOT_FOUND"}""", 404, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("alerts", "channels", "remove", "pager"));
        Assert.Equal("There is no channel 'pager'. kt alerts channels list shows them. [CHANNEL_NOT_FOUND]", kt.Error.Trim());
    }

    [Fact]
    public async Task Test_waits_for_what_becomes_of_it_and_fails_when_it_does_not_arrive()
    {
        await using var server = new ReplayServer().On("POST /v1/alerts/test", Alert.Replace("\"state\":\"dead\",\"attempts\":10", "\"state\":\"pending\",\"attempts\":0", StringComparison.Ordinal), status: 201)
            .On("GET /v1/alerts/a1", Alert);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("alerts", "test", "chn_1", "--team", "team_support"));
        Assert.Equal("""{"channel_id":"chn_1","team_id":"team_support"}""", server.Requests.First().Body);
        Assert.Contains("The receiver answered 503.", kt.Out, StringComparison.Ordinal);
        Assert.StartsWith("On its way to ", kt.Error, StringComparison.Ordinal);
        Assert.Contains("no list of open alerts and no review counts it", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dead_replay_of_all_replays_those_of_all_pages_oldest_first_but_for_channels_that_take_none()
    {
        static string Dead(int id, string channel) => $$"""{"delivery_id":{{id}},"channel_id":"{{channel}}"}""";
        await using var server = new ReplayServer()
            .On("GET /v1/alerts/dead?page_size=1000", $$"""{"deliveries":[{{Dead(9, "chn_removed")}},{{Dead(8, "chn_1")}},{{Dead(7, "chn_off")}}],"next_page_token":"7"}""")
            .On("GET /v1/alerts/dead?page_size=1000&page_token=7", $$"""{"deliveries":[{{Dead(6, "chn_1")}}],"next_page_token":""}""")
            .On("GET /v1/alert-channels", """{"channels":[{"channel_id":"chn_1","enabled":true},{"channel_id":"chn_off","enabled":false}]}""")
            .On("POST /v1/alerts/dead/6/replay", """{"delivery_id":6,"state":"pending"}""").On("POST /v1/alerts/dead/8/replay", """{"delivery_id":8,"state":"pending"}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("alerts", "dead", "replay", "--all"));
        Assert.Equal(["6  pending", "8  pending"], kt.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.EndsWith("2 stay given up: their channels are disabled or removed (kt alerts channels list).", kt.Error.Trim(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alerts dead replay 7 8", "deliveries")]
    [InlineData("messages dead replay wallet-7 wallet-8", "messages")]
    [InlineData("messages dead discard wallet-7 wallet-8", "messages")]
    public async Task Several_that_are_decided_are_one_document_which_has_those_that_were_before_one_failed(string command, string array)
    {
        var words = command.Split(' ');
        string Request(string id) => $"POST /v1/{words[0]}/dead/{id}/{words[2]}";
        await using var server = new ReplayServer().On(Request(words[3]), """{"id":7}""").On(Request(words[4]), """{"id":8}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync([.. words, "-o", "json"]));
        Assert.Equal([7, 8], Ids(kt.Out, array));
        Assert.Equal(0, await kt.RunAsync([.. words[..4], "-o", "json"]));
        Assert.Equal([7], Ids(kt.Out, array));

        server.On(Request(words[4]), """{"status":404,"detail":"There is none.","reason":"GONE"}""", 404, "application/problem+json");
        Assert.Equal(1, await kt.RunAsync([.. words, "9", "-o", "json"]));
        Assert.Equal([7], Ids(kt.Out, array));
        Assert.EndsWith("""{"error":{"exit_code":1,"reason":"GONE","message":"There is none."}}""", kt.Error.Trim(), StringComparison.Ordinal);

        Assert.Equal(1, await kt.RunAsync([.. words[..3], words[4], "-o", "json"]));
        Assert.Equal("", kt.Out);
    }

    [Fact]
    public async Task All_of_nothing_is_a_document_of_nothing()
    {
        await using var server = new ReplayServer().On("GET /v1/alerts/dead?page_size=1000", """{"deliveries":[],"next_page_token":""}""").On("GET /v1/alert-channels", """{"channels":[]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("alerts", "dead", "replay", "--all", "-o", "json"));
        Assert.Empty(Ids(kt.Out, "deliveries"));
        Assert.Equal("Nothing was given up.", kt.Error.Trim());
    }

    [Theory]
    [InlineData("alerts channels add pager")]
    [InlineData("alerts channels add pager --webhook https://a --slack https://b")]
    [InlineData("alerts channels add pager --email a@example.com --team-owners")]
    [InlineData("alerts dead replay")]
    [InlineData("alerts dead replay 7 --all")]
    [InlineData("alerts ack")]
    public async Task A_command_that_does_not_say_what_to_do_is_a_usage_error_and_sends_nothing(string command)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        Assert.Empty(server.Received);
    }

    private static IEnumerable<int> Ids(string document, string array) =>
        JsonDocument.Parse(document).RootElement.GetProperty(array).EnumerateArray().Select(item => item.GetProperty("id").GetInt32());
}
