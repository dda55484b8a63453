using System.CommandLine;
using System.Globalization;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt demand</c>: what was refused, which spend does not show, and what had to wait.</summary>
internal static class DemandCommand
{
    private const string DefaultGrouping = "team,reason";

    public static Command Create(KtEnvironment environment)
    {
        var by = CommonOptions.Text(
            "--by",
            "Groupings, comma-separated: team, user, application, key, workload, lane, provider, model, reason, and one of quarter_hour, hour, day, week, month. "
            + "Default: team,reason.");
        var top = NumberOption.Optional("--top", "Only so many rows, of the greatest cost at most.", 1);
        var range = new SpendRangeOptions();
        var filters = new SpendFilterOptions(ofDenied: true);
        var tag = TagOption.Create("Only refusals with this tag, name=value; again for more.");
        var output = CommonOptions.Output();
        return new Command("demand", "Attempts that wallets, caps, rate limits, keys' policies and freezes refused or had wait, and what they could have cost at most.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path(
                        "v1/demand/denied",
                        [
                            ("group_by", parsed.GetValue(by) ?? DefaultGrouping), .. filters.Read(parsed), .. UsageCommand.Tags(parsed, tag), .. range.Read(parsed),
                            ("top", parsed.GetValue(top)?.ToString(CultureInfo.InvariantCulture)),
                        ]),
                    cancellation, callers: true);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                if (parsed.GetValue(top) is { } most && answer.RootElement.GetProperty("rows").GetArrayLength() == most)
                {
                    environment.Error.WriteLine($"Only the {most} rows whose refused attempts could have cost most; the total has what is left out, too.");
                }

                return ExitCodes.Ok;
            },
            [by, top, .. range.All, .. filters.All, tag, output]);
    }

    private static void Print(Printer printer, System.Text.Json.JsonElement answer)
    {
        var groups = answer.GetProperty("group_by").EnumerateArray().Select(group => group.GetString()!).ToList();
        printer.Line($"Refused from {answer.Time("from")} to {answer.Time("to")}, {answer.Text("currency")} at most");
        printer.Table(
            [.. groups.Select(group => group.Replace('_', ' ')), ">attempts", ">at most", ">observed only", ">at most", ">delayed", ">at most", ">waited on average"],
            answer.GetProperty("rows").EnumerateArray().Select(row => (IReadOnlyList<string>)
                [.. groups.Select(group => Show.OrAll(row.Text(group), "–")), .. Figures(row)]),
            [.. groups.Select((_, index) => index == 0 ? "total" : ""), .. Figures(answer.GetProperty("total"))]);
    }

    private static string[] Figures(System.Text.Json.JsonElement row) =>
        [row.Count("attempts"), row.Rough("estimated"), row.Count("observed_attempts"), row.Rough("observed"), row.Count("delayed_attempts"), row.Rough("delayed"), Wait(row)];

    private static string Wait(System.Text.Json.JsonElement row) => row.GetProperty("delayed_attempts").GetInt64() is > 0 and var waits
        ? string.Create(CultureInfo.InvariantCulture, $"{row.GetProperty("delayed_ms").GetInt64() / 1000.0 / waits:0.0} s")
        : "–";
}
