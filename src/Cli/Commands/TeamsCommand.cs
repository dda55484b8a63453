using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt teams create|update|list|freeze|unfreeze</c>.</summary>
internal static class TeamsCommand
{
    private static readonly string[] Columns = ["team", "name", "owner", "e-mail", "cost centre", "external id", "created", "frozen"];

    public static Command Create(KtEnvironment environment) => new("teams", "Who owns spend.")
    {
        CreateTeam(environment),
        Update(environment),
        List(environment),
        Freeze(environment, "freeze", "Refuse all calls of a team's keys, everywhere within two seconds.", "frozen: its keys are refused."),
        Freeze(environment, "unfreeze", "Let a team's keys call again.", "not frozen: its keys may call."),
    };

    private static Argument<string> Id() => new("team_id") { Description = "Lower-case letters, digits, '_' and '-', beginning with a letter." };

    /// <param name="text">How an option is made: of a team that is, an empty one clears.</param>
    private static Option<string?>[] Details(Func<string, string, Option<string?>> text) =>
    [
        text("--owner", "Who answers for it."),
        text("--email", "An e-mail address."),
        text("--cost-centre", "Where it is booked."),
        text("--external-id", "The team in another system."),
    ];

    private static Command CreateTeam(KtEnvironment environment)
    {
        var id = Id();
        var name = CommonOptions.Text("--name", "For people; the id when absent.");
        var details = Details(CommonOptions.Text);
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
                        body.WriteGiven(parsed, details);
                    },
                    cancellation);
                var team = answer.RootElement.Text("team_id");
                environment.Answer(parsed.GetValue(output), answer, $"Made {team}. Fund it: kt wallets allocate --team {team} --amount 100.00");
                return ExitCodes.Ok;
            },
            [id, name, .. details, output]);
    }

    private static Command Update(KtEnvironment environment)
    {
        var id = Id();
        Option<string?>[] details = [CommonOptions.Text("--name", "For people."), .. Details(CommonOptions.Clearable)];
        var output = CommonOptions.Output();
        return new Command("update", "Change what is given of a team; an empty text clears all but the name.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PatchAsync(
                    $"v1/teams/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", body => body.WriteGiven(parsed, details), cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"{answer.RootElement.Text("team_id")} is updated.");
                return ExitCodes.Ok;
            },
            [id, .. details, output]).RequireChange("kt teams list", [.. details]);
    }

    private static Command List(KtEnvironment environment)
    {
        var search = CommonOptions.Text("--search", "What the id or the name begins with.");
        var page = new PageOptions();
        var output = CommonOptions.Output();
        return new Command("list", "Teams, by id.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Query.Path("v1/teams", [("search", parsed.GetValue(search)), .. page.Read(parsed)]), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns, "teams", Row);
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            search, page.Limit, page.Page, output);
    }

    private static Command Freeze(KtEnvironment environment, string verb, string description, string done)
    {
        var id = Id();
        return new Command(verb, description).Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync($"v1/teams/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/{verb}", null, cancellation);
                environment.Error.WriteLine($"{answer.RootElement.Text("team_id")} is {done}");
                return ExitCodes.Ok;
            },
            id);
    }

    private static IReadOnlyList<string> Row(JsonElement team) =>
    [
        team.Text("team_id"), team.Text("name"), team.Text("owner"), team.Text("email"), team.Text("cost_centre"), team.Text("external_id"),
        team.Time("created_at"), team.Time("frozen_at"),
    ];
}
