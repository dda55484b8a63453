namespace Platform.Cli.Tests;

public sealed class BudgetCommandTests
{
    private const string Budget = """
        {"budget_id":"support_june","name":"Support","scope":{"team_id":"team_support","user_id":"","key_id":"","provider":"","model":"gpt-4o","workload":"","lane":"","tag_key":"project","tag_value":"apollo"},"period":"month","time_zone":"Europe/Berlin","amount":500.000000000,"currency":"USD","status":"warning","spent":402.345678901,"spent_percent":80.46,"projected":null,"forecast_note":"No forecast of this scope has been published yet; the next version has it, tomorrow at the latest.","period_from":"2026-05-31T22:00:00Z","period_to":"2026-06-30T22:00:00Z","counted_until":"2026-06-10T12:00:00Z","actual_percents":[50,80,100],"forecast_percents":[],"rate_alerts":true,"hard_limit":false,"cap_state":"none","cap_id":"","cap_problem":"","snoozed_until":null,"open":2,"crossings":[],"version":3,"created_at":"2026-06-01T00:00:00Z","changed_at":"2026-06-01T00:00:00Z","changed_by":"key_1"}
        """;

    [Fact]
    public async Task Set_sends_what_is_given_and_shows_the_budget()
    {
        await using var server = new ReplayServer().On("POST /v1/budgets", Budget);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(
            "budgets", "set", "support_june", "--team", "team_support", "--model", "gpt-4o", "--tag", "project=apollo", "--period", "month", "--amount", "500",
            "--time-zone", "Europe/Berlin", "--thresholds", "50,80,100", "--forecast-thresholds", "none", "--rate-alerts", "on"));
        Assert.Equal(
            """{"budget_id":"support_june","scope":{"team_id":"team_support","model":"gpt-4o","tag_key":"project","tag_value":"apollo"},"period":"month","time_zone":"Europe/Berlin","amount":500.00,"currency":"USD","actual_percents":[50,80,100],"forecast_percents":[],"rate_alerts":true}""",
            server.Requests.Single().Body);
        Assert.Equal(
            ["budget       support_june (Support)", "watches      team team_support, model gpt-4o, project=apollo", "amount       500.00 USD a month, Europe/Berlin",
                "spent        402.345678901 (80.46 %)", "projected    – No forecast of this scope has been published yet; the next version has it, tomorrow at the latest.", "until        2026-06-30 22:00:00Z",
                "status       Warning", "thresholds   50 %, 80 %, 100 % of spend, none of forecast", "rate alerts  on", "hard limit   no", "open         2 to acknowledge"],
            kt.Out.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_projection_says_what_it_is_of()
    {
        await using var server = new ReplayServer().On("GET /v1/budgets/support_june", Budget.Replace("\"projected\":null", "\"projected\":512.300000000", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("budgets", "show", "support_june"));
        Assert.Contains("projected    512.30 (spent, and what the last published forecast sees for the rest of its period)", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_of_a_budget_that_is_there_sends_only_what_changes()
    {
        await using var server = new ReplayServer().On("POST /v1/budgets", Budget);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("budgets", "set", "support_june", "--hard-limit", "off", "-o", "json"));
        Assert.Equal("""{"budget_id":"support_june","hard_limit":false}""", server.Requests.Single().Body);
        Assert.Contains("\"spent\": 402.345678901,", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Budget_that_is_being_counted_shows_no_figures()
    {
        var counting = Budget.Replace("\"spent\":402.345678901,\"spent_percent\":80.46", "\"spent\":null,\"spent_percent\":null", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/budgets/support_june", counting).On("GET /v1/budgets?page_size=1000", $$"""{"budgets":[{{counting}}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("budgets", "show", "support_june"));
        Assert.Contains("spent        –\n", kt.Out, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("budgets", "list"));
        Assert.DoesNotContain("80.46", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_says_which_hard_limits_wallet_refuses()
    {
        var refused = Budget.Replace("\"cap_state\":\"none\"", "\"cap_state\":\"refused\"", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/budgets?page_size=1000", $$"""{"budgets":[{{refused}}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("budgets", "list"));
        Assert.Contains("Warning, hard limit REFUSED", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_shows_one_line_a_budget()
    {
        await using var server = new ReplayServer().On("GET /v1/budgets?team_id=team_support&all=true&page_size=1000", $$"""{"budgets":[{{Budget}}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("budgets", "list", "--team", "team_support", "--all"));
        var row = kt.Out.Split('\n').Single(line => line.Contains("support_june", StringComparison.Ordinal));
        Assert.Equal(
            ["support_june", "team team_support, model gpt-4o, project=apollo", "month", "500.00", "402.35", "80.46", "–", "Warning", "2026-06-30 22:00:00Z", "2"],
            row.Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public async Task History_is_one_list_in_the_order_of_time()
    {
        await using var server = new ReplayServer().On("GET /v1/budgets/support_june/history?limit=100", """
            {"crossings":[{"crossing_id":"c","basis":"actual","percent":80,"amount":500.000000000,"spent":402.000000000,"projected":null,"period_from":"2026-05-31T22:00:00Z","period_to":"2026-06-30T22:00:00Z","version":3,"noticed_at":"2026-06-10T12:00:00Z","told_at":"2026-06-10T12:00:00Z","acknowledged_at":null,"acknowledged_by":"","note":""}],
            "rates":[{"window":"hour","window_from":"2026-06-10T13:00:00Z","window_to":"2026-06-10T14:00:00Z","too_high":true,"spent":40.000000000,"expected":3.000000000,"low":0.000000000,"high":6.000000000,"noticed_at":"2026-06-10T13:05:00Z","told_at":null,"acknowledged_at":null,"acknowledged_by":"","note":""}],
            "changes":[{"changed_at":"2026-06-01T00:00:00Z","action":"set","actor":"key_1","version":1,"amount":500.000000000,"actual_percents":[],"forecast_percents":[],"rate_alerts":true,"hard_limit":false,"snoozed_until":null,"note":""}],"currency":"USD"}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("budgets", "history", "support_june"));
        Assert.Equal(
            ["hour too high: 0.00 to 6.00 expected", "actual 80 % of 500.00", "set by key_1"],
            kt.Out.Split('\n').Where(line => line.Contains("2026-06", StringComparison.Ordinal)).Select(line => line.Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1]));
    }

    [Theory]
    [InlineData("\"2026-06-20T00:00:00Z\"", "snoozed until 2026-06-20 00:00:00Z by key_1")]
    [InlineData("null", "snooze ended by key_1")]
    public async Task History_tells_until_when_somebody_wanted_silence_and_who_ended_it(string until, string told)
    {
        await using var server = new ReplayServer().On("GET /v1/budgets/support_june/history?limit=100", $$"""
            {"crossings":[],"rates":[],"changes":[{"changed_at":"2026-06-01T00:00:00Z","action":"snoozed","actor":"key_1","version":1,"amount":500.000000000,"snoozed_until":{{until}},"note":""}],"currency":"USD"}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("budgets", "history", "support_june"));
        Assert.Contains(told, kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_of_a_budget_below_one_unit_keeps_every_digit()
    {
        await using var server = new ReplayServer().On("GET /v1/budgets/support_june/history?limit=100", """
            {"crossings":[{"crossing_id":"c","basis":"actual","percent":80,"amount":0.005000000,"spent":0.004020000,"projected":null,"period_from":"2026-05-31T22:00:00Z","period_to":"2026-06-30T22:00:00Z","version":3,"noticed_at":"2026-06-10T12:00:00Z","told_at":"2026-06-10T12:00:00Z","acknowledged_at":null,"acknowledged_by":"","note":""}],
            "rates":[],"changes":[],"currency":"USD"}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("budgets", "history", "support_june"));
        Assert.Contains("actual 80 % of 0.005", kt.Out, StringComparison.Ordinal);
        Assert.Contains("0.00402", kt.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("<0.01", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ack support_june --note seen", "acknowledge", """{"note":"seen"}""")]
    [InlineData("snooze support_june --until 2026-07-01", "snooze", """{"until":"2026-07-01T00:00:00Z"}""")]
    [InlineData("snooze support_june --end", "snooze", "{}")]
    public async Task Ack_and_snooze_say_what_to_do(string command, string action, string body)
    {
        await using var server = new ReplayServer().On($"POST /v1/budgets/support_june/{action}", Budget);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(["budgets", .. command.Split(' ')]));
        Assert.Equal(body, server.Requests.Single().Body);
    }

    [Fact]
    public async Task Remove_names_the_budget()
    {
        await using var server = new ReplayServer().On("DELETE /v1/budgets/support_june", Budget.Replace("warning", "removed", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("budgets", "remove", "support_june"));
        Assert.Contains("status       Removed", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("budgets set")]
    [InlineData("budgets set b --amount 0")]
    [InlineData("budgets set b --thresholds 50,x")]
    [InlineData("budgets set b --tag project")]
    [InlineData("budgets set b --tag =apollo")]
    [InlineData("budgets set b --hard-limit yes")]
    [InlineData("budgets snooze b")]
    [InlineData("budgets snooze b --end --for 7d")]
    [InlineData("budgets snooze b --for soon")]
    public async Task A_command_that_does_not_say_what_to_do_is_a_usage_error_and_sends_nothing(string command)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        Assert.Empty(server.Received);
    }
}
