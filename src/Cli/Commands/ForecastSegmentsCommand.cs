using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast segments</c>: the baseline of each kind of work in each lane.</summary>
internal static class ForecastSegmentsCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var period = CommonOptions.Text("--period", "month, next_month, quarter, next_quarter or twelve_months. Default: month.");
        var zone = CommonOptions.Text("--time-zone", "IANA name; periods are calendar periods in it. Default: UTC.");
        var output = CommonOptions.Output();
        return new Command("segments", "The baseline by team, workload and lane, with growth apart from level.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path("v1/forecast/segments", ("team_id", parsed.GetValue(team)), ("period", parsed.GetValue(period)), ("time_zone", parsed.GetValue(zone))), cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            team, period, zone, output);
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
