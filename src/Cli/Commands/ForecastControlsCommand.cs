using System.CommandLine;
using System.Text.Json;
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
        var until = DateOption.Moment("--until", "Only changes before this date or time. Default: to the newest.");
        var limit = new PageOptions().Limit;
        var output = CommonOptions.Output();
        return new Command("controls", "Changes of what governs spend, newest first: allocations, budgets, routing policies, caps, freezes, wallet policies.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path("v1/forecast/controls", ("team_id", parsed.GetValue(team)), ("kind", parsed.GetValue(kind)), ("since", parsed.GetValue(since)), ("until", parsed.GetValue(until)), ("limit", $"{parsed.GetValue(limit)}")),
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(
                    answer.RootElement, ["when", "kind", "team", "what", "by", "id"], "controls",
                    row => [row.Time("occurred_at"), row.Text("kind"), Show.OrAll(row.Text("team_id"), "all"), row.Text("summary"), row.Text("actor"), row.Text("event_id")]);
                Tell(environment, parsed.GetValue(output), answer.RootElement);
                return ExitCodes.Ok;
            },
            team, kind, since, until, limit, output);
    }

    /// <summary>A team that is funded by a program has thousands of allocations: a freeze before them must not seem never to have been.</summary>
    private static void Tell(KtEnvironment environment, OutputFormat format, JsonElement answer)
    {
        // A platform of before the total was told has none.
        if (format == OutputFormat.Table && answer.TryGetProperty("controls_total", out var total)
            && total.GetInt32() - answer.GetProperty("controls").GetArrayLength() is > 0 and var older)
        {
            environment.Error.WriteLine($"{older:#,##0} older ones are not shown: --limit shows up to 1,000, --until those before a time, and --kind and --team look for some of them.");
        }
    }
}
