using System.Text.Json.Nodes;

namespace Platform.Cli.Tests;

public sealed class PriceCommandTests
{
    private const string Price = """
        {"price_id":7,"provider":"p","model":"m","tier":"standard","region":"","currency":"USD","input_per_million":3,"cached_input_per_million":3,"cache_write_per_million":3,
        "cache_write_1h_per_million":3,"output_per_million":15,"reasoning_per_million":15,"per_request":0,"discount_percent":10,
        "context_tiers":[{"above_input_tokens":200000}],"effective_from":"2026-06-01T00:00:00Z","effective_to":null,"source":"s","recorded_at":"2026-06-15T12:00:00Z","set_by":"key_1"}
        """;

    private static readonly string[] Set = ["prices", "set", "p", "m", "--input", "3", "--output-rate", "15", "--source", "s"];

    /// <summary>Asked for what is in force, it has nothing.</summary>
    private static ReplayServer Book() => new ReplayServer().On("GET /v1/model-pricing", """{"prices":[]}""");

    [Fact]
    public async Task Price_keeps_context_tiers_and_says_so_unless_they_are_taken_away()
    {
        await using var server = Book().On("POST /v1/model-pricing", Price);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync([.. Set, "--discount", "10"]));
        Assert.Equal("Its rates above 200,000 tokens of input stay as they were: kt prices import changes them, --no-context-tiers takes them away.", kt.Error.Trim());
        Assert.False(Sent(server).AsObject().ContainsKey("context_tiers"));
        Assert.Equal(0, await kt.RunAsync([.. Set, "--no-context-tiers"]));
        Assert.Equal("[]", Sent(server)["context_tiers"]!.ToJsonString());
    }

    /// <summary>A long book is more than one answer holds.</summary>
    [Fact]
    public async Task List_has_the_prices_of_all_pages()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/model-pricing?provider=p&page_size=1000", $$"""{"prices":[{{Price}}],"next_page_token":"7"}""")
            .On("GET /v1/model-pricing?provider=p&page_size=1000&page_token=7", $$"""{"prices":[{{Price.Replace("\"m\"", "\"last\"", StringComparison.Ordinal)}}],"next_page_token":""}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("prices", "list", "--provider", "p", "-o", "json"));
        Assert.Equal(["m", "last"], JsonNode.Parse(kt.Out)!["prices"]!.AsArray().Select(price => (string)price!["model"]!));
    }

    [Theory]
    [InlineData(""","usage_total":1400,"records_total":3600""", "1,399 more, with 2,600 records, are not shown: those with the most records stand first, and make room for others as they are priced.")]
    [InlineData(""","usage_total":1,"records_total":1000""", "")]
    [InlineData("", "")]
    public async Task Unpriced_usage_that_is_not_listed_is_counted(string totals, string said)
    {
        const string usage = """{"provider":"p","model":"m","tier":"standard","region":"","records":1000,"tokens":5,"first_occurred_at":null,"last_occurred_at":null}""";
        await using var server = new ReplayServer().On("GET /v1/model-pricing/unpriced", $$"""{"usage":[{{usage}}]{{totals}}}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("prices", "unpriced"));
        Assert.Equal(said, kt.Error.Trim());
    }

    [Fact]
    public async Task Price_keeps_its_discount_and_says_so_unless_one_is_given()
    {
        await using var server = Book().On("POST /v1/model-pricing", Price);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync([.. Set, "--no-context-tiers"]));
        Assert.Contains("Its discount of 10 % stays as it was: --discount 0 takes it away.", kt.Error, StringComparison.Ordinal);
        Assert.False(Sent(server).AsObject().ContainsKey("discount_percent"));
        Assert.Equal(0, await kt.RunAsync([.. Set, "--discount", "10"]));
        Assert.DoesNotContain("discount", kt.Error, StringComparison.Ordinal);
        Assert.Equal("10", Sent(server)["discount_percent"]!.ToJsonString());
    }

    [Fact]
    public async Task Price_names_the_rates_that_stood_apart_and_are_not_given()
    {
        const string apart = """
            {"prices":[{"provider":"p","model":"m","tier":"batch","region":"","currency":"USD","input_per_million":1,"cached_input_per_million":0.1,"cache_write_per_million":1.25,
            "cache_write_1h_per_million":2,"output_per_million":5,"reasoning_per_million":6,"per_request":0.02},
            {"provider":"p","model":"m","tier":"standard","region":"","currency":"USD","input_per_million":2,"cached_input_per_million":0.2,"cache_write_per_million":2,
            "cache_write_1h_per_million":2.4,"output_per_million":10,"reasoning_per_million":12,"per_request":0.01}]}
            """;
        await using var server = new ReplayServer().On("GET /v1/model-pricing", apart).On(
            "POST /v1/model-pricing", Price.Replace("{\"above_input_tokens\":200000}", "", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync([.. Set, "--discount", "10", "--cache-write-1h", "3", "--from", "2026-06-01"]));
        Assert.Equal("GET /v1/model-pricing?at=2026-06-01&provider=p&model=m", server.Requests.First().Request);
        Assert.Equal(
            ["--cached-input is not given: 0.20 before, 3.00 now, as --input.", "--reasoning is not given: 12.00 before, 15.00 now, as --output-rate.",
                "--per-request is not given: 0.01 before, 0.00 now."],
            kt.Error.Trim().Split('\n'));

        Assert.Equal(0, await kt.RunAsync([.. Set, "--discount", "10", "--cached-input", "3", "--cache-write-1h", "3", "--reasoning", "15", "--per-request", "0"]));
        Assert.Equal("", kt.Error.Trim());
    }

    [Fact]
    public async Task Dry_run_names_the_rates_that_would_not_stand_apart_any_more()
    {
        await using var server = new ReplayServer().On("GET /v1/model-pricing", $$"""{"prices":[{{Price.Replace("\"cached_input_per_million\":3", "\"cached_input_per_million\":0.3", StringComparison.Ordinal)}}]}""").On(
            "POST /v1/model-pricing", $$"""{"changes":[{"kind":"unchanged","suspicious":false,"before":null,"after":{{Price}}}],"applied":false,"aliases_added":0,"alias_changes":[]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync([.. Set, "--dry-run"]));
        Assert.StartsWith("--cached-input is not given: 0.30 before, 3.00 now, as --input.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_say_which_one_was_superseded()
    {
        await using var server = new ReplayServer().On(
            "GET /v1/model-pricing", $$"""{"prices":[{{Price.Replace("\"effective_to\":null", "\"effective_to\":\"2026-06-01T00:00:00Z\"", StringComparison.Ordinal)}},{{Price}}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("prices", "show", "p", "m"));
        Assert.Single(kt.Out.Split('\n'), line => line.Contains("superseded", StringComparison.Ordinal));
        Assert.Matches(@"2026-06-01 00:00:00Z +superseded +key_1", kt.Out);
    }

    [Fact]
    public async Task Price_of_a_list_begins_when_it_says_and_one_of_the_book_now_unless_the_past_is_asked_for()
    {
        const string rates = "\"provider\":\"p\",\"input_per_million\":1,\"output_per_million\":2";
        using var file = new TemporaryFile(".json", $$"""
            {"prices":[{{{rates}},"model":"next","effective_from":"2027-01-01T00:00:00Z"},
            {{{rates}},"model":"old","effective_from":"2026-01-01T00:00:00Z"},
            {{{rates}},"price_id":7,"model":"stored","effective_from":"2026-01-01T00:00:00Z","effective_to":null,"recorded_at":"2026-01-01T00:00:00Z","set_by":"key_1"},
            {{{rates}},"price_id":8,"model":"planned","effective_from":"2027-01-01T00:00:00Z","effective_to":null,"recorded_at":"2026-01-01T00:00:00Z","set_by":"key_1"}]}
            """);
        await using var server = new ReplayServer().On("POST /v1/model-pricing/import", $$$"""
            {"changes":[{"kind":"added","suspicious":false,"before":null,"after":{{{Price.Replace("2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z", StringComparison.Ordinal)}}}}],"applied":false,"aliases_added":0}
            """);
        using var kt = new RunningKt(server.Url);
        string?[] Begins() => [.. Sent(server)["prices"]!.AsArray().Select(price => (string?)price!["effective_from"])];

        Assert.Equal(0, await kt.RunAsync("prices", "import", file.Path));
        Assert.Equal(["2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z", null, "2027-01-01T00:00:00Z"], Begins());
        Assert.Contains("1 price is a version of the book that began in the past", kt.Error, StringComparison.Ordinal);
        Assert.Matches(@"added +p +m +standard +input +– +3\.00 +2027-01-01 00:00:00Z", kt.Out);
        Assert.Equal(0, await kt.RunAsync("prices", "import", file.Path, "--retroactive"));
        Assert.Equal("2026-01-01T00:00:00Z", Begins()[2]);
        Assert.DoesNotContain("version of the book", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dry_run_shows_by_month_what_would_be_corrected()
    {
        await using var server = Book().On("POST /v1/model-pricing", $$$"""
            {"changes":[{"kind":"added","suspicious":false,"before":null,"after":{{{Price}}}}],"applied":false,"aliases_added":0,"alias_changes":[],
            "corrections":{"months":[{"month":"2026-05","records":12,"unpriced_records":2,"difference":-1.5},{"month":"2026-06","records":1,"unpriced_records":0,"difference":0.25}],
            "records":13,"difference":-1.25,"currency":"USD","looked_until":"2026-06-10T00:00:00Z"}}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync([.. Set, "--from", "2026-05-01", "--retroactive", "--dry-run"]));

        Assert.Equal(("true", "true"), (Sent(server)["retroactive"]!.ToJsonString(), Sent(server)["dry_run"]!.ToJsonString()));
        Assert.Contains("2026-05", kt.Out, StringComparison.Ordinal);
        Assert.Matches(@"total\s+13\s+-1\.25", kt.Out);
        Assert.Contains("of what occurred from 2026-06-10", kt.Out, StringComparison.Ordinal);
        Assert.EndsWith("Nothing has changed yet: leave --dry-run out.", kt.Error.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain("late", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dry_run_says_what_would_be_booked_in_a_later_month_because_its_own_is_closed()
    {
        await using var server = Book().On("POST /v1/model-pricing", $$$"""
            {"changes":[{"kind":"added","suspicious":false,"before":null,"after":{{{Price}}}}],"applied":false,"aliases_added":0,"alias_changes":[],
            "corrections":{"months":[{"month":"2026-05","records":1200,"unpriced_records":2,"difference":-1.5,"late_records":1100,"late_difference":-1.25},
            {"month":"2026-06","records":1,"unpriced_records":0,"difference":0.25,"late_records":0,"late_difference":0.0}],
            "records":1201,"difference":-1.25,"currency":"USD","looked_until":null,"late_month":"2026-06"}}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync([.. Set, "--from", "2026-05-01", "--retroactive", "--dry-run"]));

        Assert.Matches(@"2026-05 +1,200 +2 +-1\.50 +-1\.25", kt.Out);
        Assert.Matches(@"total +1,201 +-1\.25 +-1\.25", kt.Out);
        Assert.Contains("1,100 of them occurred in months that are closed and do not move: what corrects these is late, and would be booked in 2026-06.", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_brings_aliases_and_shows_those_that_stood_for_another_model()
    {
        await using var server = new ReplayServer().On("POST /v1/model-pricing/import", """
            {"changes":[],"applied":false,"aliases_added":0,"alias_changes":[{"kind":"changed","provider":"p","alias":"dated","model":"m","before":"old"},
            {"kind":"unchanged","provider":"p","alias":"same","model":"m","before":"m"}],"corrections":null}
            """);
        using var kt = new RunningKt(server.Url);
        using var file = new TemporaryFile(".json", """
            {"prices":[{"provider":"p","model":"m","input_per_million":1,"output_per_million":2,"context_tiers":[]},{"provider":"p","model":"n","input_per_million":1,"output_per_million":2}],
            "aliases":[{"provider":"p","alias":"dated","model":"m"}]}
            """);

        Assert.Equal(0, await kt.RunAsync("prices", "import", file.Path, "--source", "list", "--dry-run", "--allow-free"));

        var sent = Sent(server);
        Assert.Equal("""[{"provider":"p","alias":"dated","model":"m","source":"list"}]""", sent["aliases"]!.ToJsonString());
        Assert.Equal((true, false), (sent["prices"]![0]!.AsObject().ContainsKey("context_tiers"), sent["prices"]![1]!.AsObject().ContainsKey("context_tiers")));
        Assert.Equal(("true", "true", "false"), (sent["dry_run"]!.ToJsonString(), sent["allow_free"]!.ToJsonString(), sent["apply"]!.ToJsonString()));
        Assert.Matches(@"changed\s+p\s+dated\s+old\s+m", kt.Out);
        Assert.DoesNotContain("same", kt.Out, StringComparison.Ordinal);
        Assert.Contains("aliases: 0 added, 1 of another model", kt.Error, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync("prices", "diff", file.Path));
        Assert.Equal(2, await kt.RunAsync("prices", "import", file.Path, "--apply", "--dry-run"));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public void Entry_of_the_communitys_list_that_costs_nothing_is_left_out_by_name_unless_asked_for(bool allowFree, int count)
    {
        using var file = new TemporaryFile(".json", """
            {"gift":{"litellm_provider":"p","input_cost_per_token":0.0,"output_cost_per_token":0},"paid":{"litellm_provider":"p","input_cost_per_token":1e-06,"output_cost_per_token":0}}
            """);

        var list = Prices.PriceListReader.Read(file.Path, Prices.PriceListFormat.Community, null, allowFree);

        Assert.Equal(count, list.Prices.Count);
        Assert.Equal(allowFree ? [] : [("gift", "costs nothing; --allow-free takes it")], list.Skipped);
    }

    private static JsonNode Sent(ReplayServer server) => JsonNode.Parse(server.Requests.Last().Body)!;
}
