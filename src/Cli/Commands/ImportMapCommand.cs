using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Imports;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt imports map set|list|remove</c>: whose usage a provider's project, key or user is.</summary>
internal static class ImportMapCommand
{
    private static readonly string[] Columns = [">rule", "provider", "dimension", "value", "team", "user", "application", "workload", "set", "by", "ended"];

    public static Command Create(KtEnvironment environment) => new("map", "Whose usage a provider's projects, keys and users are.") { Set(environment), List(environment), Remove(environment) };

    private static Command Set(KtEnvironment environment)
    {
        var dimension = new Argument<string?>("dimension") { Description = "key, user or project; of a row's rules they are asked in this order.", Arity = ArgumentArity.ZeroOrOne };
        var value = new Argument<string?>("value") { Description = "As the provider writes it.", Arity = ArgumentArity.ZeroOrOne };
        var team = CommonOptions.Text("--team", "The team whose it is.");
        var user = CommonOptions.Text("--user", "The user whose it is.");
        var application = CommonOptions.Text("--application", "The application whose it is.");
        var workload = CommonOptions.Text("--workload", "Its workload class.");
        var skip = new Option<bool>("--skip") { Description = "Leave its rows out: they are metered already, by the gateway for instance." };
        var provider = CommonOptions.Text("--provider", "Only of this provider.");
        var file = CommonOptions.Text("--file", "A CSV of rules instead: dimension, value, team, user, application, workload, skip, provider.");
        var output = CommonOptions.Output();
        var command = new Command("set", "Set a rule, or a file of them. It takes the place of the rule for the same thing; what was imported before stays as it is.").Does(
            async (parsed, cancellation) =>
            {
                var rules = Rules(
                    parsed.GetValue(file), parsed.GetValue(dimension), parsed.GetValue(value), new MapRule("", "")
                    {
                        Team = parsed.GetValue(team), User = parsed.GetValue(user), Application = parsed.GetValue(application), Workload = parsed.GetValue(workload),
                        Skip = parsed.GetValue(skip), Provider = parsed.GetValue(provider),
                    });
                using var api = environment.Connect();
                if (parsed.GetValue(file) is null)
                {
                    using var answer = await api.PostAsync("v1/import-rules", rules[0].WriteTo, cancellation);
                    environment.Answer(parsed.GetValue(output), answer, Sentence(rules[0], answer.RootElement));
                    return ExitCodes.Ok;
                }

                await environment.Printer(parsed.GetValue(output)).AnswerEachAsync(
                    "rules", rules, rule => api.PostAsync("v1/import-rules", rule.WriteTo, cancellation),
                    (rule, answer) => environment.Error.WriteLine(Sentence(rule, answer)));
                return ExitCodes.Ok;
            },
            dimension, value, team, user, application, workload, skip, provider, file, output);
        command.Validators.Add(result =>
        {
            var given = new Option[] { team, user, application, workload, skip, provider }.Where(option => result.GetResult(option) is { Implicit: false }).ToList();
            if (result.GetResult(file) is not null)
            {
                // A file that says nothing of a team would seem to be given this one.
                given.ForEach(option => result.AddError($"{option.Name} is of one rule, and a column of --file."));
            }
            else if (given.TrueForAll(option => option == provider))
            {
                result.AddError("Say whose it is: --team, --user, --application, --workload or --skip.");
            }
        });
        return command;
    }

    private static Command List(KtEnvironment environment)
    {
        var all = new Option<bool>("--all") { Description = "Those of before too, with who ended them." };
        var output = CommonOptions.Output();
        return new Command("list", "Rules in force.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(api, parsed.GetValue(output), Query.Path("v1/import-rules", ("all", parsed.GetValue(all) ? "true" : null)), cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(answer.RootElement, Columns, "rules", rule =>
                [
                    rule.Text("rule_id"), Output.Show.OrAll(rule.Text("provider"), "any"), rule.Text("dimension"), rule.Text("value"),
                    rule.GetProperty("skip").GetBoolean() ? "(left out)" : rule.Text("team_id"), rule.Text("user_id"), rule.Text("application_id"), rule.Text("workload"),
                    rule.Time("set_at"), rule.Text("set_by"), rule.Text("ended_at").Length == 0 ? "" : $"{rule.Time("ended_at")} by {rule.Text("ended_by")}",
                ]);
                return ExitCodes.Ok;
            },
            all, output);
    }

    private static Command Remove(KtEnvironment environment)
    {
        var id = new Argument<string>("rule") { Description = "The rule's number, as the list says." };
        var output = CommonOptions.Output();
        return new Command("remove", "End a rule; what was imported by it stays as it is.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync($"v1/import-rules/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"Rule {answer.RootElement.Text("rule_id")} ended.");
                return ExitCodes.Ok;
            },
            id, output);
    }

    private static List<MapRule> Rules(string? file, string? dimension, string? value, MapRule whose)
    {
        if (file is not null)
        {
            return dimension is null ? RuleFile.Read(file) : throw new KtError(ExitCodes.Usage, "Give a rule or --file, not both.");
        }

        return dimension is "key" or "user" or "project" && value is not null
            ? [whose with { Dimension = dimension, Value = value }]
            : throw new KtError(ExitCodes.Usage, "Say what the rule is about: kt imports map set project|key|user VALUE --team TEAM");
    }

    private static string Sentence(MapRule rule, JsonElement answer) => $"Rule {answer.Text("rule_id")}: {rule.Dimension} {rule.Value} is {Whose(answer)}.";

    private static string Whose(JsonElement rule) => rule.GetProperty("skip").GetBoolean() ? "left out" : string.Join(
        ", ", new[] { ("team", "team_id"), ("user", "user_id"), ("application", "application_id"), ("workload", "workload") }
            .Where(pair => rule.Text(pair.Item2).Length > 0).Select(pair => $"{pair.Item1} {rule.Text(pair.Item2)}"));
}
