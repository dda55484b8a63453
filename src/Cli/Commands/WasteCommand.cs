using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary><c>kt waste</c>: spend that brought nothing, or that less would have bought.</summary>
internal static class WasteCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var since = DateOption.Length("--since", "How many days with today, at most 31d. Default: 7d.");
        var from = DateOption.Moment("--from", "From this date on (days of UTC).");
        var to = DateOption.Moment("--to", "Before this date. Default: with today.");
        var evidence = NumberOption.Create("--evidence", "How many records a row, 0 to 20.", 0, 20, 1);
        var filters = new SpendFilterOptions();
        var output = CommonOptions.Output();
        return new Command("waste", "Failed and retried spend, identical prompts, abandoned answers, small calls on dear models; with records as evidence.").Does(
            async (parsed, cancellation) =>
            {
                DateOption.CheckRange(parsed, since, from, to);
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/waste",
                        [
                            .. filters.Read(parsed), ("since", parsed.GetValue(since)), ("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)),
                            ("evidence", parsed.GetValue(evidence).ToString(CultureInfo.InvariantCulture)),
                        ]),
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            [since, from, to, evidence, .. filters.All, output]);
    }

    private static void Print(Printer printer, JsonElement report)
    {
        printer.Line($"Waste from {report.Time("from")} to {report.Time("to")}, of {report.Rough("spend")} {report.Text("currency")}; signals overlap");
        foreach (var signal in report.GetProperty("signals").EnumerateArray())
        {
            printer.Line(
                $"{Show.Title(signal.Text("signal"))}: {signal.Rough("cost")} {report.Text("currency")}{Share(signal, report)} {Meaning(signal.Text("signal"))}, {signal.Counted("calls", "call")}");
            var rows = signal.GetProperty("rows").EnumerateArray().ToList();
            if (rows.Count > 0)
            {
                printer.Table(
                    ["team", "model", ">calls", ">cost", "cheaper", "records"],
                    rows.Select(row => (IReadOnlyList<string>)
                    [
                        row.Text("team_id"), $"{row.Text("provider")} {row.Text("model")}", row.Count("calls"), row.Rough("cost"),
                        $"{row.Text("cheaper_provider")} {row.Text("cheaper_model")}".Trim(),
                        string.Join(", ", row.GetProperty("evidence").EnumerateArray().Select(id => id.GetString())),
                    ]));
            }
        }
    }

    private static string Meaning(string signal) => signal switch
    {
        "failed" => "for attempts that failed or were interrupted",
        "retried" => "for attempts that repeat another one",
        "duplicate" => "for prompts asked before within a day",
        "abandoned" => "for output after its caller had left",
        "right_sizing" => "less if small calls ran on a cheaper model",
        _ => "",
    };

    private static string Share(JsonElement signal, JsonElement report)
    {
        var (cost, spend) = ((signal.Amount("cost") ?? Money.Zero).ToDecimal(), (report.Amount("spend") ?? Money.Zero).ToDecimal());
        return spend > 0 ? $" ({(cost / spend * 100).ToString("0.##", CultureInfo.InvariantCulture)} %)" : "";
    }
}
