namespace Platform.Cli.Tests;

public sealed class PlanCommandTests
{
    private const string Note = "No call of team team_search has been in lane stndard; there were calls in standard.";

    private const string Record = "3 of 4 launches came late, by a median of 9 days, and they cost 0.80 of what was planned (median): plans that have not started are drawn with that.";

    private const string Item = $$"""
        {"plan_id":"bot","name":"bot","team_id":"team_search","workload":"","lane":"stndard","provider":"","model":"gpt-4o","starts_on":"2026-07-01","ramp_days":0,"calls_per_day":5000,"input_tokens":900,
        "output_tokens":0,"probability":1,"spread":0.3,"ends_on":"","owner":"","note":"","status":"planned","currency":"USD","cost_per_call":0.00225,"cost_per_day":11.25,"price_note":"openai gpt-4o",
        "segment_note":"{{Note}}","planned_to_date":null,"actual_to_date":null,"changed_at":"2026-06-10T12:00:00Z","changed_by":"key_1"}
        """;

    [Fact]
    public async Task Whoever_plans_in_a_lane_that_there_is_not_reads_so()
    {
        await using var server = new ReplayServer().On("POST /v1/forecast/plan", Item);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(
            "forecast", "plan", "add", "bot", "--team", "team_search", "--lane", "stndard", "--model", "gpt-4o", "--starts", "2026-07-01", "--calls-per-day", "5000", "--input-tokens", "900"));
        Assert.Equal($"bot is planned from 2026-07-01 on, at 11.25 USD a day (openai gpt-4o). {Note}", kt.Error.Trim());
    }

    [Fact]
    public async Task What_it_costs_has_the_places_of_the_currency_that_its_item_names()
    {
        await using var server = new ReplayServer().On("POST /v1/forecast/plan", Item.Replace("USD", "JPY", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);
        string[] add = ["forecast", "plan", "add", "bot", "--team", "team_search", "--model", "gpt-4o", "--starts", "2026-07-01", "--calls-per-day", "5000", "--input-tokens", "900"];

        Assert.Equal(0, await kt.RunAsync(add));
        Assert.Contains("at 11 JPY a day", kt.Error, StringComparison.Ordinal);
        Assert.Equal(["POST /v1/forecast/plan"], server.Requests.Select(sent => sent.Request));
    }

    [Fact]
    public async Task The_list_says_it_beside_the_table_and_json_has_it_in_the_item()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/plan", $$"""{"currency":"USD","items":[{{Item}}],"record_note":"{{Record}}"}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "plan", "list"));
        Assert.Equal([$"bot: {Note}", Record], kt.Error.Trim().Split('\n', StringSplitOptions.TrimEntries));
        Assert.Contains("5,000", kt.Out, StringComparison.Ordinal);

        using var json = new RunningKt(server.Url);
        Assert.Equal(0, await json.RunAsync("forecast", "plan", "list", "-o", "json"));
        Assert.Contains($"\"segment_note\": \"{Note}\"", json.Out, StringComparison.Ordinal);
        Assert.Equal("", json.Error.Trim());
    }
}
