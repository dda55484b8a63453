using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast teams</c>: where the month is going of every team, at one moment.</summary>
internal static class ForecastTeamsCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var zone = CommonOptions.Text("--time-zone", "IANA name; months are calendar months in it. Default: UTC.");
        var output = CommonOptions.Output();
        return new Command("teams", "Month-end projection of every team beside the organisation's, the dearest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var timeZone = parsed.GetValue(zone);
                using var answer = await api.GetAsync(Query.Path("v1/forecast/teams", ("time_zone", timeZone)), cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, (printer, forecasts) => Print(printer, forecasts, Show.Zone(timeZone ?? "")));
                return ExitCodes.Ok;
            },
            zone, output);
    }

    private static void Print(Printer printer, JsonElement answer, TimeZoneInfo zone)
    {
        var total = answer.GetProperty("total");
        printer.Line($"Forecast of every team, {answer.Day("period_start", zone)} to {answer.Day("period_end", zone)} (exclusive), {answer.Text("currency")}; what is to date adds up, quantiles do not");
        var teams = answer.GetProperty("teams").EnumerateArray().OrderByDescending(team => team.Amount("month_end_p50")?.Nanos ?? long.MinValue)
            .ThenByDescending(team => team.Amount("month_to_date")?.Nanos).ThenBy(team => team.Text("team_id"), StringComparer.Ordinal).ToArray();
        printer.Table(
            ["team", ">month to date", ">a day", ">P10", ">P50", ">P90", ">available", "runs out", "as early as"], teams.Select(team => Row(team.Text("team_id"), team, zone)), [.. Row("total", total, zone)]);
        foreach (var observing in teams.Prepend(total).Where(team => team.Text("observing_note").Length > 0))
        {
            printer.Line($"{Show.OrAll(observing.Text("team_id"), "all")}: {observing.Text("observing_note")}");
        }

        foreach (var (name, cap) in teams.Prepend(total).SelectMany(team => CapLines.Of(team).Where(IsLikely).Select(cap => (Show.OrAll(team.Text("team_id"), "the organisation"), cap))))
        {
            printer.Line($"{name}, cap {cap.Text("cap_id")}: {CapLines.Line(cap, zone)}");
        }

        foreach (var unready in teams.Where(team => !IsReady(team)).GroupBy(team => team.Text("explanation")))
        {
            printer.Line($"No projection yet of {string.Join(", ", unready.Select(team => team.Text("team_id")))}: {unready.Key}");
        }
    }

    private static IReadOnlyList<string> Row(string name, JsonElement forecast, TimeZoneInfo zone) =>
    [
        name, forecast.Rough("month_to_date"), forecast.Rough("daily_run_rate"), forecast.Rough("month_end_p10"), forecast.Rough("month_end_p50"), forecast.Rough("month_end_p90"),
        forecast.Rough("wallet_available"), Ends(forecast, "wallet_exhausted_at", zone), Ends(forecast, "wallet_exhausted_early_at", zone),
    ];

    /// <summary>Where nothing is available and no day is told there is no money of which it could be said that it lasts, as of a team that was imported and has no wallet.</summary>
    private static string Ends(JsonElement forecast, string name, TimeZoneInfo zone) =>
        IsReady(forecast) && forecast.Text(name).Length == 0 && forecast.Amount("wallet_available") is { Nanos: > 0 } ? "> 12 months" : forecast.Day(name, zone);

    /// <summary>One future in ten or more reaches it before its period ends; or its period is not known, and its calls fail until it is.</summary>
    private static bool IsLikely(JsonElement cap) => cap.Text("early").Length > 0 || cap.GetProperty("reached").ValueKind == JsonValueKind.Null;

    private static bool IsReady(JsonElement forecast) => forecast.Text("status") == "ready";
}
