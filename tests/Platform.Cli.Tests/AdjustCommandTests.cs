using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Cli.Tests.Bills;

namespace Platform.Cli.Tests;

/// <summary>Credit notes: how they are told, and how they stand beside a bill.</summary>
public sealed class AdjustCommandTests
{
    private const string Accepted = """{"accepted":1,"results":[{"outcome":"accepted","record_id":"r1","cost":-12.500000000,"message":""}]}""";

    private static readonly string[] Named = ["event_id", "model", "user_id", "application_id", "upstream_key", "occurred_at", "funding"];
    private static readonly string[] Least = ["usage", "adjust", "--team", "support", "--provider", "openai", "--amount", "-12.50", "--reference", "INV-7", "--reason", "outage of May"];

    [Fact]
    public async Task A_credit_is_an_event_of_money_whose_id_is_its_reference()
    {
        await using var server = new ReplayServer().On("POST /v1/spend/log", Accepted);
        using var kt = new RunningKt(server.Url);

        Assert.True(0 == await kt.RunAsync(Least), kt.Error);
        Assert.Contains("Recorded: -12.50", kt.Error, StringComparison.Ordinal);
        Assert.Contains("record r1", kt.Error, StringComparison.Ordinal);
        Assert.Equal(
            """{"source":"kt/adjust","event_id":"openai/INV-7/support//////","team_id":"support","provider":"openai","funding":"external","adjustment":-12.50,"tags":{"reference":"INV-7","reason":"outage of May"}}""",
            server.Requests.Single().Body);

        Assert.Equal(0, await kt.RunAsync(
            [.. Least, "--model", "gpt-4o", "--user", "ada", "--application", "bot", "--upstream-key", "k1aa", "--occurred", "2026-06-30", "--history"]));
        using var body = JsonDocument.Parse(server.Requests.Last().Body);
        Assert.Equal("openai/INV-7/support/gpt-4o/ada/bot/k1aa/history/2026-06-30T00:00:00Z gpt-4o ada bot k1aa 2026-06-30T00:00:00Z history", string.Join(' ', Named.Select(name => body.RootElement.GetProperty(name).GetString())));
    }

    [Fact]
    public async Task A_dry_run_asks_for_one_and_says_what_would_be_recorded()
    {
        await using var server = new ReplayServer().On("POST /v1/spend/log", Accepted);
        using var kt = new RunningKt(server.Url);

        Assert.True(0 == await kt.RunAsync([.. Least, "--dry-run"]), kt.Error);
        Assert.Contains("Would be recorded: -12.50", kt.Error, StringComparison.Ordinal);
        using var body = JsonDocument.Parse(server.Requests.Single().Body);
        Assert.Equal((true, -12.5m), (body.RootElement.GetProperty("dry_run").GetBoolean(), body.RootElement.GetProperty("adjustment").GetDecimal()));
    }

    [Fact]
    public async Task A_reference_that_was_recorded_before_with_another_amount_is_no_success()
    {
        await using var server = new ReplayServer().On(
            "POST /v1/spend/log", """{"results":[{"outcome":"duplicate","record_id":"r1","cost":-12.500000000,"message":"Recorded before at -12.5; as it is told now it would cost -13."}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.True(1 == await kt.RunAsync(Least), kt.Error);
        Assert.Contains("Recorded before: -12.50", kt.Error, StringComparison.Ordinal);
        Assert.Contains("as it is told now it would cost -13", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_amount_that_is_none_is_a_wrong_command_and_sends_nothing()
    {
        await using var server = new ReplayServer().On("POST /v1/spend/log", Accepted);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync([.. Least.Select(word => word == "-12.50" ? "twelve" : word)]));
        Assert.Empty(server.Received);
    }

    [Theory]
    [InlineData("-2.5", "06-01 k1aa Goodwill credit matched")]
    [InlineData("-2.4", "06-01 k1aa Goodwill credit drift credit")]
    public void A_credit_of_the_bill_matches_the_record_of_its_day_key_and_item(string recorded, string expected)
    {
        Call[] calls = [Call.On(1, "09:00:00"), Call.On(1, "10:00:00", input: 0, output: 0) with { Model = "Goodwill credit", Funding = "external" }];
        var page = OpenAiBill.Costs(calls);
        page["data"]![0]!["results"]!.AsArray().Add(new JsonObject
        {
            ["object"] = "organization.costs.result", ["amount"] = new JsonObject { ["value"] = -2.5m, ["currency"] = "usd" },
            ["line_item"] = "Goodwill credit", ["project_id"] = "proj_a", ["api_key_id"] = "k1aa",
        });
        var lines = BillCase.Lines(BillCase.Compare([page], calls, change: (call, record) =>
        {
            if (call.Model == "Goodwill credit")
            {
                (record["cost"], record["requests"], record["price_id"]) = (JsonNode.Parse(recorded), 0, 0);
                record["cost_detail"]!["adjustment"] = JsonNode.Parse(recorded);
            }
        }));

        Assert.Contains(expected, lines);
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public async Task Spend_says_how_much_of_it_is_no_calls()
    {
        const string Row = """{"cost":8.000000000,"calls":8,"input_tokens":0,"output_tokens":0,"unpriced_calls":0,"adjustment":-12.500000000}""";
        await using var server = new ReplayServer()
            .On("GET /v1/spend", $$$"""{"from":"2026-06-01T00:00:00Z","to":"2026-06-15T12:00:00Z","currency":"USD","group_by":[],"rows":[{{{Row}}}],"others":null,"other_rows":0,"total":{{{Row}}}}""")
            .On("GET /v1/spend/run-rate", """{"currency":"USD","last_hour":0.0,"last_day":0.0,"last_7_days":0.0,"month_to_date":0.0,"daily_run_rate":0.0,"month_projected":null,"run_rate_days":0}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("spend"));
        Assert.Contains("-12.50 USD without calls", kt.Out.Replace("0000000", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
