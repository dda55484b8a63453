using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast diagnose</c>: what is unusual about how teams spend.</summary>
internal static class ForecastDiagnoseCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var rules = new Option<bool>("--rules") { Description = "The rules with their thresholds, rather than what they find." };
        var zone = CommonOptions.Text("--time-zone", "IANA name; days and months are of it. Default: UTC.");
        var output = CommonOptions.Output();
        return new Command("diagnose", "What is unusual about how teams spend, by written rules, with the money it concerns and what to do.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path("v1/forecast/diagnosis", ("team_id", parsed.GetValue(team)), ("time_zone", parsed.GetValue(zone))), cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, parsed.GetValue(rules) ? PrintRules : Print);
                return ExitCodes.Ok;
            },
            team, rules, zone, output);
    }

    private static void Print(Printer printer, JsonElement report)
    {
        var findings = report.GetProperty("findings").EnumerateArray().ToList();
        foreach (var finding in findings)
        {
            printer.Line($"{finding.Text("team_id")}: {Show.Title(finding.Text("rule"))}, {(finding.Amount("amount") is { Nanos: not 0 } ? $"{finding.Rough("amount")} {report.Text("currency")}" : "no amount")}");
            printer.Line($"  {finding.Text("sentence")}");
            foreach (var figure in finding.GetProperty("figures").EnumerateArray())
            {
                printer.Line($"    {figure.Text("name")}: {figure.Text("value")}{(figure.Text("threshold").Length > 0 ? $" (threshold: {figure.Text("threshold")})" : "")}");
            }

            printer.Line($"  {finding.Text("act")}");
            printer.Line($"    {finding.Text("command")}");
            foreach (var evidence in finding.GetProperty("evidence").EnumerateArray())
            {
                printer.Line($"    {evidence.Text("command")}   # {evidence.Text("text")}");
            }

            printer.Line("");
        }

        var hidden = report.TryGetProperty("left_out", out var leftOut) ? leftOut.GetInt32() : 0;
        if (hidden > 0)
        {
            printer.Line($"Left out: {hidden} of less than {MinorUnits.Smallest(report.Text("currency")).ToString(CultureInfo.InvariantCulture)} {report.Text("currency")}.");
        }

        printer.Line(findings.Count + hidden == 0 ? "No rule fires. kt forecast diagnose --rules shows what they look at." : $"Findings: {findings.Count}. kt forecast diagnose --rules shows when each rule fires.");
    }

    private static void PrintRules(Printer printer, JsonElement report)
    {
        foreach (var rule in report.GetProperty("rules").EnumerateArray())
        {
            printer.Line(rule.Text("rule"));
            printer.Line($"  fires when: {rule.Text("fires_when")}");
            printer.Line($"  its amount: {rule.Text("amount_is")}");
        }
    }
}
