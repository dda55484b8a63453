using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt workloads rules list|set|remove|preview</c>.</summary>
internal static class WorkloadsCommand
{
    private static readonly string[] Columns = [">no", "rule", "workload", "when", "set", "by"];

    public static Command Create(KtEnvironment environment) => new("workloads", "Workload classes.")
    {
        new Command("rules", "Rules that give usage without a workload class one, in order.") { List(environment), Set(environment), Remove(environment), Preview(environment) },
    };

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "The rules in their order; the first that takes a call gives its class.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(api, parsed.GetValue(output), "v1/workloads/rules", cancellation);
                Show(environment, parsed.GetValue(output), answer.RootElement);
                return ExitCodes.Ok;
            },
            output);
    }

    private static Command Set(KtEnvironment environment)
    {
        var rule = new WorkloadRuleOptions(workloadIsRequired: true);
        var output = CommonOptions.Output();
        return new Command("set", "Makes a rule, or replaces the one of its name; it is applied to what is recorded from then on. Preview it first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PutAsync(
                    $"v1/workloads/rules/{Uri.EscapeDataString(parsed.GetRequiredValue(rule.Name))}", body => rule.Write(body, parsed), cancellation);
                using var named = await environment.NamedAsync(api, parsed.GetValue(output), answer, cancellation);
                Show(environment, parsed.GetValue(output), named.RootElement);
                return ExitCodes.Ok;
            },
            [.. rule.All, output]);
    }

    private static Command Remove(KtEnvironment environment)
    {
        var name = new Argument<string>("name") { Description = "The rule." };
        var output = CommonOptions.Output();
        return new Command("remove", "Removes a rule; what it has classified stays.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync($"v1/workloads/rules/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}", cancellation);
                using var named = await environment.NamedAsync(api, parsed.GetValue(output), answer, cancellation);
                Show(environment, parsed.GetValue(output), named.RootElement);
                return ExitCodes.Ok;
            },
            name, output);
    }

    private static Command Preview(KtEnvironment environment)
    {
        var rule = new WorkloadRuleOptions(workloadIsRequired: false);
        var since = DateOption.Length("--since", "How far back: 30d, 4w. Default: 30d.");
        var output = CommonOptions.Output();
        return new Command("preview", "What a rule would have classified in the past. Without --workload: the stored rule of that name.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/workloads/rules/preview",
                    body =>
                    {
                        body.WriteString("name", parsed.GetRequiredValue(rule.Name));
                        rule.Write(body, parsed);
                        body.WriteOptional("since", parsed.GetValue(since));
                    },
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            [.. rule.All, since, output]);
    }

    private static void Print(Printer printer, JsonElement preview)
    {
        printer.Facts(
        [
            ("from", $"{preview.Time("from")} to {preview.Time("to")}"),
            ("would classify", $"{preview.Counted("calls", "call")} of {preview.Rough("cost")} {preview.Text("currency")}"),
            ("unclassified", $"{Percent(preview, "unclassified_share")} of all calls now, {Percent(preview, "unclassified_share_with_rule")} with the rule"),
        ]);
        if (preview.GetProperty("classified").GetArrayLength() > 0)
        {
            printer.Line("It meets these too, which have a class already and keep it:");
            printer.Table(
                ["workload", ">calls", ">cost"],
                preview.GetProperty("classified").EnumerateArray().Select(row => (IReadOnlyList<string>)[row.Text("workload"), row.Count("calls"), row.Rough("cost")]));
        }
    }

    private static void Show(KtEnvironment environment, OutputFormat format, JsonElement answer) =>
        environment.Printer(format).Rows(answer, Columns, "rules", rule =>
            [rule.Text("position"), rule.Text("name"), rule.Text("workload"), When(rule), rule.Time("set_at"), rule.Text("set_by")]);

    private static string When(JsonElement rule) => string.Join(
        "; ",
        rule.GetProperty("conditions").EnumerateObject().Select(condition => $"{condition.Name} {string.Join("|", condition.Value.EnumerateArray().Select(value => value.GetString()))}")
            .Concat(rule.GetProperty("tags").EnumerateObject().Select(tag => $"tag {tag.Name}={tag.Value.GetString()}"))
            .Concat(rule.Text("min_input_tokens") is { Length: > 0 } least ? [$"input ≥ {least}"] : [])
            .Concat(rule.Text("max_input_tokens") is { Length: > 0 } most ? [$"input ≤ {most}"] : []));

    private static string Percent(JsonElement preview, string name) => (preview.GetProperty(name).GetDecimal() * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %";
}
