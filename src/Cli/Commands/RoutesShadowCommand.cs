using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes shadow</c>: which rules in shadow mode to switch on.</summary>
internal static class RoutesShadowCommand
{
    private static readonly string[] Columns = ["rule", ">calls", ">of them compared", ">cost", ">under the rule", ">would have saved"];

    public static Command Create(KtEnvironment environment)
    {
        var since = DateOption.Since("--since", "A date, a time or a length with today such as 28d, at most 400 days. Default: 28d.");
        var output = CommonOptions.Output();
        return new Command("shadow", "What each rule in shadow mode would have saved, or cost more (below zero), had it been on.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Query.Path("v1/routes/shadow", ("since", parsed.GetValue(since))), cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            since, output);
    }

    private static void Print(Printer printer, JsonElement answer)
    {
        var rules = answer.GetProperty("rules").EnumerateArray().ToList();
        printer.Line($"Rules in shadow mode from {answer.Time("from")} to {answer.Time("to")}, {answer.Text("currency")}{(rules.Count == 0 ? ": none would have taken a call" : "")}");
        if (rules.Count > 0)
        {
            printer.Table(Columns, rules.Select(rule => (IReadOnlyList<string>)
            [
                rule.Text("rule"), rule.Count("calls"), rule.Count("compared_calls"), rule.Rough("cost"), rule.Rough("rule_cost"), rule.Rough("saving"),
            ]));
        }
    }
}
