using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt providers list|add|test</c>.</summary>
internal static class ProvidersCommand
{
    private static readonly string[] Columns = ["provider", "kind", "address", "key", "ends in", "team keys", "set up"];

    public static Command Create(KtEnvironment environment) => new("providers", "Who runs the models.")
    {
        List(environment),
        ProvidersAddCommand.Create(environment),
        Test(environment),
    };

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "Providers of the policy in force, and whether calls can be sent there. Never their keys.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/providers", cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(answer.RootElement, Columns, "providers", Row);
                return ExitCodes.Ok;
            },
            output);
    }

    private static IReadOnlyList<string> Row(JsonElement provider) =>
    [
        provider.Text("name"), provider.Text("kind"), Show.OrAll(provider.Text("base_url"), "missing"), Show.OrAll(provider.Text("api_key"), "configuration"), provider.Text("key_hint"),
        string.Join(", ", [.. Teams(provider, "team_keys"), .. Teams(provider, "teams_without_key").Select(team => $"{team} (missing)")]), provider.GetProperty("set_up").GetBoolean() ? "yes" : "no",
    ];

    private static IEnumerable<string?> Teams(JsonElement provider, string name) => provider.GetProperty(name).EnumerateArray().Select(team => team.GetString());

    private static Command Test(KtEnvironment environment)
    {
        var name = new Argument<string>("name") { Description = "The provider." };
        var team = CommonOptions.Text("--team", "With this team's own key, where it has one.");
        var output = CommonOptions.Output();
        return new Command("test", "Asks a provider for its models, with the key that calls are sent with. Costs nothing. Exit code 1 when it does not answer well.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    Query.Path($"v1/providers/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/test", ("team_id", parsed.GetValue(team))), null, cancellation);
                Print(environment.Printer(parsed.GetValue(output)), answer.RootElement);
                return answer.RootElement.GetProperty("passed").GetBoolean() ? ExitCodes.Ok : ExitCodes.Failed;
            },
            name, team, output);
    }

    private static void Print(Printer printer, JsonElement test)
    {
        if (printer.IsJson)
        {
            printer.Json(test);
            return;
        }

        var unlisted = string.Join(", ", test.GetProperty("unlisted_targets").EnumerateArray().Select(target => target.GetString()));
        printer.Facts(
        [
            ("provider", test.Text("provider")),
            ("passed", test.GetProperty("passed").GetBoolean() ? "yes" : "no"),
            ("answer", test.Text("status") is "0" ? "none" : $"{test.Text("status")} in {test.Text("latency_ms")} ms"),
            ("found", test.Text("detail")),
            .. unlisted.Length > 0 ? [("not named", unlisted)] : Array.Empty<(string, string)>(),
        ]);
    }
}
