using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt applications create|update|list</c>.</summary>
internal static class ApplicationsCommand
{
    private static readonly string[] Columns = ["application", "team", "name", "created"];

    public static Command Create(KtEnvironment environment) => new("applications", "Programs of teams whose keys' calls can be charged to wallets of their own.")
    {
        CreateApplication(environment),
        Update(environment),
        List(environment),
    };

    private static Argument<string> Id() => new("application_id") { Description = "Lower-case letters, digits, '_' and '-', beginning with a letter." };

    private static Command CreateApplication(KtEnvironment environment)
    {
        var id = Id();
        var team = CommonOptions.Required("--team", "The team whose application it is.");
        var name = CommonOptions.Text("--name", "For people; the id when absent.");
        var output = CommonOptions.Output();
        return new Command("create", "Make an application of a team.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/applications",
                    body =>
                    {
                        body.WriteString("application_id", parsed.GetRequiredValue(id));
                        body.WriteString("team_id", parsed.GetRequiredValue(team));
                        body.WriteString("name", parsed.GetValue(name) ?? parsed.GetRequiredValue(id));
                    },
                    cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"Made {answer.RootElement.Text("application_id")} of {answer.RootElement.Text("team_id")}.");
                return ExitCodes.Ok;
            },
            id, team, name, output);
    }

    private static Command Update(KtEnvironment environment)
    {
        var id = Id();
        var name = CommonOptions.Required("--name", "For people.");
        var output = CommonOptions.Output();
        return new Command("update", "Rename an application.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PatchAsync(
                    $"v1/applications/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", body => body.WriteString("name", parsed.GetRequiredValue(name)),
                    cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"{answer.RootElement.Text("application_id")} is updated.");
                return ExitCodes.Ok;
            },
            id, name, output);
    }

    private static Command List(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var page = new PageOptions();
        var output = CommonOptions.Output();
        return new Command("list", "Applications, by id.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path("v1/applications", [("team_id", parsed.GetValue(team)), .. page.Read(parsed)]), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns, "applications", Row);
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            team, page.Limit, page.Page, output);
    }

    private static IReadOnlyList<string> Row(JsonElement application) =>
        [application.Text("application_id"), application.Text("team_id"), application.Text("name"), application.Time("created_at")];
}
