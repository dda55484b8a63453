using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt auth token create|list|revoke</c>.</summary>
internal static class AuthTokenCommand
{
    private static readonly string[] Columns = ["key", "name", "role", "team", "workload", "ends in", "created", "revoked"];

    public static Command Create(KtEnvironment environment) => new("token", "Tokens of people, services and teams.")
    {
        CreateToken(environment),
        List(environment),
        Revoke(environment),
    };

    private static Command CreateToken(KtEnvironment environment)
    {
        var name = CommonOptions.Required("--name", "What the token is for.");
        var team = CommonOptions.Text("--team", "The team whose model calls it makes (role inference).");
        var workload = CommonOptions.Text("--workload", "Default workload of its calls: interactive, copilot, batch, evaluation or an own class.");
        var role = CommonOptions.Text("--role", "viewer, editor, billing_admin, admin or owner; inference where --team is given.");
        var output = CommonOptions.Output();
        return new Command("create", "Make a token; its secret is printed once.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/keys",
                    body =>
                    {
                        body.WriteString("name", parsed.GetRequiredValue(name));
                        body.WriteOptional("team_id", parsed.GetValue(team));
                        body.WriteOptional("workload", parsed.GetValue(workload));
                        body.WriteOptional("role", parsed.GetValue(role));
                    },
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                }
                else
                {
                    environment.Error.WriteLine($"Made {answer.RootElement.Text("key_id")}. Keep the secret now: it is never shown again.");
                    printer.Line(answer.RootElement.Text("secret"));
                }

                return ExitCodes.Ok;
            },
            name, team, workload, role, output);
    }

    private static Command List(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var output = CommonOptions.Output();
        return new Command("list", "All tokens without secrets, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Query.Path("v1/keys", ("team_id", parsed.GetValue(team))), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.Table(Columns, answer.RootElement.GetProperty("keys").EnumerateArray().Select(key => (IReadOnlyList<string>)
                [
                    key.Text("key_id"), key.Text("name"), key.Text("role"), key.Text("team_id"), key.Text("workload"), "…" + key.Text("hint"),
                    key.Time("created_at"), key.Time("revoked_at"),
                ]));
                return ExitCodes.Ok;
            },
            team, output);
    }

    private static Command Revoke(KtEnvironment environment)
    {
        var id = new Argument<string>("key") { Description = "The key's id: key_…" };
        return new Command("revoke", "End a token, everywhere within two seconds.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync($"v1/keys/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation);
                environment.Error.WriteLine($"{answer.RootElement.Text("key_id")} ({answer.RootElement.Text("name")}) is revoked.");
                return ExitCodes.Ok;
            },
            id);
    }
}
