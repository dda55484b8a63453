using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast</c>: where the month is going, how sure that is, and when the wallet runs out.</summary>
internal static class ForecastCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var zone = CommonOptions.Text("--time-zone", "IANA name; months are calendar months in it. Default: UTC.");
        var layers = new Option<bool>("--layers") { Description = "By layer: baseline, control, planned, resilience; of scenarios for every period, else for the next month." };
        var month = DateOption.Month("--month", "One calendar month, yyyy-MM, of the thirteen that are forecast by layer.");
        var confidence = ShareOption.Create("--confidence", "By layer, and what if: share of futures that the money needed is to cover (0.9).");
        var whatIf = ForecastWhatIf.Option();
        var file = CommonOptions.Text("--what-if-file", "Scenarios of a YAML or JSON file, each with name: and changes:.");
        var output = CommonOptions.Output();
        return new Command("forecast", "Month-end projection of a team or of the organisation.")
        {
            ForecastCsvCommand.Create(environment), ForecastTeamsCommand.Create(environment), ForecastSegmentsCommand.Create(environment), ForecastControlsCommand.Create(environment),
            ForecastPlanCommand.Create(environment), ForecastCalendarCommand.Create(environment), ForecastAllocateCommand.Create(environment), ForecastExplainCommand.Create(environment),
            ForecastEffectCommand.Create(environment), ForecastDiagnoseCommand.Create(environment), ForecastVersionsCommands.Publish(environment), ForecastVersionsCommands.List(environment),
            ForecastVersionsCommands.Show(environment), ForecastVersionsCommands.Compare(environment), ForecastAccuracyCommand.Create(environment), ForecastScenariosCommand.Create(environment),
        }.Does(
            async (parsed, cancellation) =>
            {
                var onlyTeam = parsed.GetValue(team);
                var timeZone = parsed.GetValue(zone);
                var isByLayer = parsed.GetValue(layers) || parsed.GetValue(month) is not null;
                if (ForecastWhatIf.Read(parsed.GetValue(whatIf)!, parsed.GetValue(file)) is { Count: > 0 } scenarios)
                {
                    return await ForecastWhatIf.AnswerAsync(
                        environment, parsed.GetValue(output), scenarios, [], onlyTeam, timeZone, parsed.GetValue(confidence),
                        new ScenarioScope(parsed.GetValue(layers), parsed.GetValue(month)), cancellation);
                }

                if (parsed.GetValue(confidence) is not null && !isByLayer)
                {
                    throw new KtError(ExitCodes.Usage, "--confidence is of the money that is needed: say --layers, --month or --what-if with it.");
                }

                using var api = environment.Connect();
                if (isByLayer)
                {
                    return await LayersAsync(environment.Printer(parsed.GetValue(output)), api, onlyTeam, timeZone, parsed.GetValue(month), parsed.GetValue(confidence), cancellation);
                }

                using var forecast = await api.GetAsync(Query.Path("v1/forecast", ("team_id", onlyTeam), ("time_zone", timeZone)), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(forecast.RootElement);
                    return ExitCodes.Ok;
                }

                using var series = await api.GetAsync(
                    Query.Path("v1/forecast/series", ("team_id", onlyTeam), ("days", "28"), ("time_zone", timeZone)), cancellation);
                Print(printer, forecast.RootElement, series.RootElement, Show.Zone(timeZone ?? ""));
                return ExitCodes.Ok;
            },
            team, zone, layers, month, confidence, whatIf, file, output);
    }

    private static async Task<int> LayersAsync(Printer printer, ApiClient api, string? team, string? timeZone, string? month, double? confidence, CancellationToken cancellation)
    {
        using var answer = await api.GetAsync(Query.Path("v1/forecast/layers", ("team_id", team), ("time_zone", timeZone), ("confidence", confidence?.ToString(CultureInfo.InvariantCulture))), cancellation);
        if (month is null)
        {
            printer.Show(answer.RootElement, () => LayerTables.Print(printer, answer.RootElement, "periods"));
            return ExitCodes.Ok;
        }

        using var only = LayerTables.Only(answer.RootElement, month);
        printer.Show(only.RootElement, () => LayerTables.Print(printer, only.RootElement, "months"));
        return ExitCodes.Ok;
    }

    private static void Print(Printer printer, JsonElement forecast, JsonElement series, TimeZoneInfo zone)
    {
        var currency = forecast.Text("currency");
        var ready = forecast.Text("status") == "ready";
        printer.Line($"Forecast of {Show.OrAll(forecast.Text("team_id"), "the organisation")}, {forecast.Day("period_start", zone)} to {forecast.Day("period_end", zone)} (exclusive), {currency}");
        printer.Facts(
        [
            ("month to date", forecast.Rough("month_to_date")),
            ("run rate", $"{forecast.Rough("daily_run_rate")} a day"),
            ("month end", ready ? $"P10 {forecast.Rough("month_end_p10")}   P50 {forecast.Rough("month_end_p50")}   P90 {forecast.Rough("month_end_p90")}   (as of now, with weekdays, growth, new prices and plans)" : "no projection yet"),
            ("wallet", Wallet(forecast, ready, zone) + Show.Prefixed(". ", forecast.Text("observing_note"))),
            .. CapLines.Of(forecast).Select(cap => ("cap", CapLines.Line(cap, zone))),
            ("model", ready ? $"{forecast.Text("model")}, {forecast.Text("history_days")} days of history" : "–"),
        ]);
        printer.Line(forecast.Text("explanation"));
        if (ready)
        {
            printer.Table(
                ["segment", "model", ">error (WAPE)", ">origins"],
                forecast.GetProperty("scores").EnumerateArray().Select(score => (IReadOnlyList<string>)
                    [score.Text("segment"), score.Text("model"), Percent(score, "wape"), score.Count("origins")]));
        }

        foreach (var line in ForecastChart.Draw(series.GetProperty("days"), forecast.GetProperty("days")))
        {
            printer.Line(line);
        }
    }

    private static string Wallet(JsonElement forecast, bool ready, TimeZoneInfo zone)
    {
        var available = $"{forecast.Rough("wallet_available")} available";
        if (!ready || (forecast.Amount("wallet_available") is not { Nanos: > 0 } && forecast.Text("wallet_exhausted_at").Length == 0 && forecast.Text("wallet_exhausted_early_at").Length == 0))
        {
            // Of money that is not there it cannot be said that it lasts.
            return available;
        }

        return forecast.Text("wallet_exhausted_at").Length == 0
            ? $"{available}, lasts twelve months or longer" + (forecast.Text("wallet_exhausted_early_at").Length == 0 ? "" : $" (in one future of ten to {forecast.Day("wallet_exhausted_early_at", zone)})")
            : $"{available}, runs out on {forecast.Day("wallet_exhausted_at", zone)}, as early as {forecast.Day("wallet_exhausted_early_at", zone)}";
    }

    private static string Percent(JsonElement score, string name) => score.GetProperty(name).GetDouble().ToString("0.0 %", CultureInfo.InvariantCulture);
}
