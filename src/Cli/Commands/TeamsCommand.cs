using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt teams create|list</c>.</summary>
internal static class TeamsCommand
{
    public static Command Create(KtEnvironment environment) => new("teams", "Who owns spend.") { CreateTeam(environment), List(environment) };

    private static Command CreateTeam(KtEnvironment environment)
    {
        var id = new Argument<string>("team_id") { Description = "Lower-case letters, digits, '_' and '-', beginning with a letter." };
        var name = CommonOptions.Text("--name", "For people; the id when absent.");
        var output = CommonOptions.Output();
        return new Command("create", "Make a team and its empty wallet.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/teams",
                    body =>
                    {
                        body.WriteString("team_id", parsed.GetRequiredValue(id));
                        body.WriteString("name", parsed.GetValue(name) ?? parsed.GetRequiredValue(id));
                    },
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                }
                else
                {
                    environment.Error.WriteLine($"Made {answer.RootElement.Text("team_id")}. Fund it: kt wallets allocate --team {answer.RootElement.Text("team_id")} --amount 100.00");
                }

                return ExitCodes.Ok;
            },
            id, name, output);
    }

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "All teams.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/teams", cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.Table(["team", "name", "created"], answer.RootElement.GetProperty("teams").EnumerateArray().Select(team => (IReadOnlyList<string>)
                    [team.Text("team_id"), team.Text("name"), team.Time("created_at")]));
                return ExitCodes.Ok;
            },
            output);
    }
}
