namespace Platform.Cli.Tests;

public sealed class DiagnoseCommandTests
{
    private const string Report = """
        {"currency":"USD","as_of":"2026-06-10T12:00:00Z","time_zone":"UTC","findings":[{"rule":"wallet_at_risk","team_id":"team_a","sentence":"Half of futures exhaust it.",
        "figures":[{"name":"chance","value":"50 %","threshold":"20 % or more"},{"name":"available","value":"3.00 USD","threshold":""}],"amount":51.000000000,"act":"Allocate it.",
        "command":"kt wallets allocate --team team_a --amount 51 --currency USD","evidence":[{"text":"when","command":"kt forecast --team team_a --layers"}]}],
        "rules":[{"rule":"wallet_at_risk","fires_when":"One future in five exhausts it.","amount_is":"What is missing."}]}
        """;

    [Fact]
    public async Task Diagnosis_shows_findings_with_figures_thresholds_and_commands_or_the_rules()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/diagnosis?team_id=team_a", Report).On("GET /v1/forecast/diagnosis", Report);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "diagnose", "--team", "team_a"));
        Assert.Equal(
            """
            team_a: Wallet at risk, 51.00 USD
              Half of futures exhaust it.
                chance: 50 % (threshold: 20 % or more)
                available: 3.00 USD
              Allocate it.
                kt wallets allocate --team team_a --amount 51 --currency USD
                kt forecast --team team_a --layers   # when

            Findings: 1. kt forecast diagnose --rules shows when each rule fires.
            """,
            kt.Out.TrimEnd());
        Assert.Equal(0, await kt.RunAsync("forecast", "diagnose", "--rules"));
        Assert.Contains("  fires when: One future in five exhausts it.", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_concerns_no_money_is_counted_instead_of_shown()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/diagnosis", """{"currency":"USD","findings":[],"rules":[],"left_out":2}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "diagnose"));
        Assert.Equal(["Left out: 2 of less than 0.01 USD.", "Findings: 0. kt forecast diagnose --rules shows when each rule fires."], kt.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Allocation_says_why_each_team_gets_so_much()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/allocation?total=100.00&count_refused=true", """
            {"currency":"USD","period_start":"2026-07-01T00:00:00Z","period_end":"2026-08-01T00:00:00Z","total":100.0,"needed":120.0,"allocated":100.0,"unfunded":20.0,"reserve":0.0,"refused":7.0,
            "teams":[{"team_id":"a","needed":120.0,"allocated":100.0,"unfunded":20.0,"covered":0.7,"expected_shortfall":3.0,"refused":7.0,"reason":"Half of its futures spend 90.00 or less."}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "allocate", "--total", "100", "--count-refused"));
        Assert.Matches(@"a +120\.00 +100\.00 +20\.00 +70 % +3\.00 +7\.00", kt.Out);
        Assert.EndsWith("a: Half of its futures spend 90.00 or less.", kt.Out.TrimEnd(), StringComparison.Ordinal);
    }
}
