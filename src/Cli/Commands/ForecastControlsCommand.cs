using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast controls</c>: what was changed about what governs spend.</summary>
internal static class ForecastControlsCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var kind = ChoiceOption.Create("--kind", "Only changes of this kind.", "allocation", "budget", "policy", "cap", "freeze", "wallet_policy");
        var since = DateOption.Since("--since", "A date, a time, or a length such as 30d. Default: 90d.");
        var output = CommonOptions.Output();
        return new Command("controls", "Changes of what governs spend, newest first: allocations, budgets, routing policies, caps, freezes, wallet policies.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path("v1/forecast/controls", ("team_id", parsed.GetValue(team)), ("kind", parsed.GetValue(kind)), ("since", parsed.GetValue(since))), cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(
                    answer.RootElement, ["when", "kind", "team", "what", "by", "id"], "controls",
                    row => [row.Time("occurred_at"), row.Text("kind"), Show.OrAll(row.Text("team_id"), "all"), row.Text("summary"), row.Text("actor"), row.Text("event_id")]);
                return ExitCodes.Ok;
            },
            team, kind, since, output);
    }
}
