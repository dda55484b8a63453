namespace Platform.Cli.Tests;

public sealed class LayerCommandTests
{
    [Fact]
    public async Task Layers_of_a_team_show_each_of_its_wallets_with_its_futures()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Answer("team_a"));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers", "--team", "team_a"));
        Assert.Contains("in every future they come to what team_a spends", kt.Out, StringComparison.Ordinal);
        Assert.Matches(@"wal_ada +5\.00 +75\.0 % +75\.0 % +2026-06-20 +2026-06-25 +– +8\.00 +9\.00 +3\.00 +The share of its calls\.", kt.Out);
    }

    [Fact]
    public async Task What_is_refused_for_want_of_money_stands_beside_what_is_needed()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Answer("team_a"));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers", "--team", "team_a"));
        Assert.Contains(
            "Refused for want of money, and in no need above: team_a, 1.50 expected of the rest of this month, 4.00 of the next; a call that is tried again counts each time", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Layers_of_the_organisation_show_the_wallets_that_may_run_out()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Answer(""));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers"));
        Assert.Contains("Wallets, each by itself: 1 of 2 are spent before the end of next month in one future of ten or more", kt.Out, StringComparison.Ordinal);
        Assert.Matches(@"wal_ada +team_a +5\.00 +75\.0 % +75\.0 % +2026-06-20", kt.Out);
        Assert.DoesNotContain("wal_team_a", kt.Out, StringComparison.Ordinal);
    }

    private static string Answer(string team) => $$$"""
            {"team_id":"{{{team}}}","currency":"USD","as_of":"2026-06-15T12:00:00Z","time_zone":"UTC",
            "periods":[{"kind":"month","period_start":"2026-06-01T00:00:00Z","period_end":"2026-07-01T00:00:00Z",
              "layers":[{"layer":"total","to_date":10.0,"expected":20.0,"p10":18.0,"p50":20.0,"p90":23.0}],
              "growth":{"spent":10.0,"level":10.0,"calls":0.0,"tokens_per_call":0.0,"price_per_token":0.0,"expected":20.0}}],
            "months":[],
            "evidence":{"calls":1,"fallback_calls":0,"fell_back":0.0,"fell_back_primary":0.0,"premium":{"low":0,"middle":0,"high":0},"routed":0.0,"routed_default":0.0,
              "saving":{"low":0,"middle":0,"high":0},"denied_calls":0,"denied_bound":0.0,"cost_of_bound":1.0,"shadowed":0.0,"shadowed_rule":0.0},
            "funds":[{{{Funds("30.0", 0.1)}}}],
            "wallets":[{"wallet_id":"wal_team_a","user_id":"","application_id":"","name":"A","funds":{{{Funds("25.0", 0)}}},"note":"It pays for everybody else."},
              {"wallet_id":"wal_ada","user_id":"ada","application_id":"","name":"Ada","funds":{{{Funds("5.0", 0.75)}}},"note":"The share of its calls."}],
            "budgets":[],"calendar":null,"notes":[]}
            """;

    private static string Funds(string available, double exhausted) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $$"""{"team_id":"team_a","available":{{available}},"exhausted_this_month":{{exhausted}},"exhausted_next_month":{{exhausted}},"early":"2026-06-20T00:00:00Z","expected":"2026-06-25T00:00:00Z","late":null,"needed_this_month":8.0,"needed_next_month":9.0,"missing":3.0,"refused_this_month":1.5,"refused_next_month":4.0}""");
}
