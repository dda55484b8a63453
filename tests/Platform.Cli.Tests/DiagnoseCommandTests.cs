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
}
