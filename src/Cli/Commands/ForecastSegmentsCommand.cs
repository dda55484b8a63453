using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast segments</c>: the baseline of each kind of work in each lane, and what each model has of it.</summary>
internal static class ForecastSegmentsCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var period = ChoiceOption.Create(
            "--period", "month, next_month, quarter, next_quarter, twelve_months or next_year (as far as the twelve months go). Default: month.",
            "month", "next_month", "quarter", "next_quarter", "twelve_months", "next_year");
        var zone = CommonOptions.Text("--time-zone", "IANA name; periods are calendar periods in it. Default: UTC.");
        var by = ChoiceOption.Create("--by", "model: what each provider and model costs, of all that is asked for and of each segment, in place of growth.", "model");
        var output = CommonOptions.Output();
        return new Command("segments", "The baseline by team, workload and lane, with growth apart from level; or by model.").Does(
            async (parsed, cancellation) =>
            {
                var byModel = parsed.GetValue(by) is not null;
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/forecast/segments", ("team_id", parsed.GetValue(team)), ("period", parsed.GetValue(period)), ("time_zone", parsed.GetValue(zone)), ("by_model", byModel ? "true" : null)),
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, byModel ? PrintModels : Print);
                return ExitCodes.Ok;
            },
            team, period, zone, by, output);
    }

    private static void PrintModels(Printer printer, JsonElement answer)
    {
        printer.Line($"Baseline from {answer.Time("period_start")} to {answer.Time("period_end")} (exclusive), {answer.Text("currency")}, by model; what is to come has the shares of the last four weeks");
        var teams = answer.GetProperty("teams").EnumerateArray().ToArray();
        string[] figures = [">P10", ">P50", ">P90", ">expected", ">spent", ">share"];
        printer.Table(
            ["team", "provider", "model", .. figures],
            [.. Models(answer.GetProperty("total"), "all"), .. teams.Length > 1 ? teams.SelectMany(team => Models(team, team.Text("team_id"))) : []],
            ["total", "", "", .. OfSum(answer.GetProperty("total"))]);
        printer.List(
            ["team", "workload", "lane", "provider", "model", .. figures],
            answer.GetProperty("segments").EnumerateArray().SelectMany(segment =>
                Models(segment, segment.Text("team_id"), Show.OrAll(segment.Text("workload"), "–"), Show.OrAll(segment.Text("lane"), "–"))));
        PrintNotes(printer, answer);
    }

    /// <summary>Segments add up to their total but for money without tokens, and figures are of the whole period but for what notes say.</summary>
    private static void PrintNotes(Printer printer, JsonElement answer)
    {
        var teams = answer.GetProperty("teams").EnumerateArray().Where(team => team.Amount("adjustment") is { Nanos: not 0 }).ToArray();
        if (teams.Length > 0)
        {
            printer.Line($"Money without tokens (credit notes, charges) is of no segment, and in what teams and the total have spent: "
                + $"{string.Join(", ", teams.Select(team => $"{team.Rough("adjustment")} {answer.Text("currency")} of {team.Text("team_id")}"))}.");
        }

        // None where the Api is of before segments had any.
        foreach (var note in answer.TryGetProperty("notes", out var notes) ? notes.EnumerateArray() : [])
        {
            printer.Line(note.GetString()!);
        }
    }

    private static IEnumerable<IReadOnlyList<string>> Models(JsonElement whole, params string[] names)
    {
        var expected = whole.GetProperty("growth").Amount("expected")?.Nanos ?? 0;
        return whole.GetProperty("parts").EnumerateArray().Select(part => (IReadOnlyList<string>)
        [
            .. names, Show.OrAll(part.Text("provider"), "–"), Show.OrAll(part.Text("model"), "–"), part.Rough("p10"), part.Rough("p50"), part.Rough("p90"), part.Rough("expected"), part.Rough("spent"),
            expected == 0 ? "–" : ((part.Amount("expected")?.Nanos ?? 0) / (double)expected).ToString("0.0 %", CultureInfo.InvariantCulture),
        ]);
    }

    private static IEnumerable<string> OfSum(JsonElement sum)
    {
        var growth = sum.GetProperty("growth");
        return [sum.Rough("p10"), sum.Rough("p50"), sum.Rough("p90"), growth.Rough("expected"), growth.Rough("spent"), ""];
    }

    private static void Print(Printer printer, JsonElement answer)
    {
        printer.Line($"Baseline from {answer.Time("period_start")} to {answer.Time("period_end")} (exclusive), {answer.Text("currency")}; expected = spent + level + growth by calls, tokens a call and price");
        printer.Table(
            ["team", "workload", "lane", ">P10", ">P50", ">P90", ">expected", ">spent", ">level", ">calls", ">tokens", ">price", ">calls a week", "basis"],
            answer.GetProperty("segments").EnumerateArray().Select(segment => (IReadOnlyList<string>)
            [
                segment.Text("team_id"), Show.OrAll(segment.Text("workload"), "–"), Show.OrAll(segment.Text("lane"), "–"), .. Figures(segment), Week(segment), segment.Text("basis"),
            ]),
            ["total", "", "", .. Figures(answer.GetProperty("total")), "", ""]);
        PrintNotes(printer, answer);
    }

    private static IEnumerable<string> Figures(JsonElement row)
    {
        var growth = row.GetProperty("growth");
        return
        [
            row.Rough("p10"), row.Rough("p50"), row.Rough("p90"), growth.Rough("expected"), growth.Rough("spent"), growth.Rough("level"), growth.Rough("calls"),
            growth.Rough("tokens_per_call"), growth.Rough("price_per_token"),
        ];
    }

    private static string Week(JsonElement segment) =>
        segment.GetProperty("calls_trend").GetProperty("middle").GetDouble().ToString("+0.0 %;-0.0 %;0.0 %", CultureInfo.InvariantCulture);
}
