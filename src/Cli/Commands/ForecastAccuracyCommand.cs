using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast accuracy</c>: how published forecasts did.</summary>
internal static class ForecastAccuracyCommand
{
    private static readonly string[] Columns =
        ["what", ">targets", ">came", ">forecast", ">error (WAPE)", ">bias", ">pinball", ">in the 80 % band", ">run rate's error", ">seasonal naive's"];

    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var since = DateOption.Since("--since", "Versions published since a date, a time, or for a length such as 90d. Default: 180d.");
        var version = new Option<long?>("--version") { Description = "Judge this version alone. Default: the daily ones." };
        var output = CommonOptions.Output();
        return new Command("accuracy", "How published forecasts did, by layer and lead time, with simple rules beside them.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/forecast/accuracy", ("team_id", parsed.GetValue(team)), ("since", parsed.GetValue(since)),
                        ("version", parsed.GetValue(version)?.ToString(CultureInfo.InvariantCulture))),
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            team, since, version, output);
    }

    private static void Print(Printer printer, JsonElement report)
    {
        printer.Line($"Accuracy of {Show.OrAll(report.Text("team_id"), "the organisation")}: {report.Count("versions_judged")} of {report.Count("versions")} versions can be judged, by days up to {Show.OrAll(report.Text("counted_through"), "none yet")}");
        printer.Line(report.GetProperty("maturity").Text("sentence"));
        foreach (var note in report.GetProperty("notes").EnumerateArray())
        {
            printer.Line(note.GetString()!);
        }

        foreach (var layer in report.GetProperty("scores").EnumerateArray().GroupBy(score => score.Text("layer")))
        {
            printer.Table([Show.Title(layer.Key), .. Columns.Skip(1)], layer.Select(score => (IReadOnlyList<string>)[Name(score), .. Figures(score)]));
        }

        var teams = report.GetProperty("teams").EnumerateArray().ToList();
        if (teams.Count > 0)
        {
            printer.Table(["Team, four weeks", .. Columns.Skip(1)], teams.Select(score => (IReadOnlyList<string>)[score.Text("team_id"), .. Figures(score)]));
        }
    }

    private static string Name(JsonElement score) => (score.Text("kind"), score.GetProperty("lead").GetInt32()) switch
    {
        ("day", var lead) => $"the day {lead} ahead",
        ("days", var lead) => $"the next {lead} days",
        ("month_end", var lead) => $"month end, {lead} days before at most",
        ("month", 1) => "next month",
        ("month", var lead) => $"the month {lead} ahead",
        ("quarter", 0) => "quarter end",
        ("quarter", _) => "next quarter",
        _ => "twelve months",
    };

    private static IEnumerable<string> Figures(JsonElement score)
    {
        var rules = score.GetProperty("rules").EnumerateArray().ToDictionary(rule => rule.Text("rule"), rule => Percent(rule, "wape"));
        return
        [
            score.Count("targets"), score.Rough("actual"), score.Rough("forecast"), Percent(score, "wape"), Percent(score, "bias"), Percent(score, "pinball"), Percent(score, "coverage80"),
            rules.GetValueOrDefault("run_rate", "–"), rules.GetValueOrDefault("seasonal_naive", "–"),
        ];
    }

    private static string Percent(JsonElement row, string name) =>
        row.GetProperty(name) is { ValueKind: JsonValueKind.Number } share ? share.GetDouble().ToString("0.0 %", CultureInfo.InvariantCulture) : "–";
}
