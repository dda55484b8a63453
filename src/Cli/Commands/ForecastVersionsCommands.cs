using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast publish|list|show|compare</c>: the official forecast, version by version.</summary>
internal static class ForecastVersionsCommands
{
    private static readonly string[] ListColumns = [">version", "as of", "why", "by", ">P10", ">P50", ">P90", "description"];

    public static Command Publish(KtEnvironment environment)
    {
        var description = CommonOptions.Text("--description", "Why, for people.");
        var output = CommonOptions.Output();
        return new Command("publish", "Publish the forecast as it stands, as a version that never changes. Needs role billing_admin.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync("v1/forecast/versions", body => body.WriteOptional("description", parsed.GetValue(description)), cancellation);
                var version = answer.RootElement;
                environment.Answer(parsed.GetValue(output), answer, $"Version {version.Text("version")} is published: the month ends at {MonthEnd(version)} {version.Text("currency")}.");
                return ExitCodes.Ok;
            },
            description, output);
    }

    public static Command List(KtEnvironment environment)
    {
        var reason = ChoiceOption.Create(
            "--reason", "Only versions that were published for this reason.",
            "daily", "plan_change", "policy_change", "calendar_change", "price_change", "usage_change", "on_demand", "scenario");
        var limit = NumberOption.Optional("--limit", "How many, 1 to 500; 50 when absent.", 1, 500);
        var before = NumberOption.Count("--before", "Only versions below this one.", 1);
        var output = CommonOptions.Output();
        return new Command("list", "Published versions of the forecast, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/forecast/versions", ("reason", parsed.GetValue(reason)), ("limit", parsed.GetValue(limit)?.ToString(CultureInfo.InvariantCulture)),
                        ("before", parsed.GetValue(before)?.ToString(CultureInfo.InvariantCulture))),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(
                    answer.RootElement, ListColumns.In(answer.RootElement.GetProperty("versions"), "P10", "P50", "P90"), "versions",
                    version =>
                    [
                        version.Text("version"), version.Time("as_of"), version.Text("reason"), By(version), version.Rough("month_end_p10"), version.Rough("month_end_p50"),
                        version.Rough("month_end_p90"), version.Text("description"),
                    ]);
                environment.TellOfOlder(printer, answer);
                return ExitCodes.Ok;
            },
            reason, limit, before, output);
    }

    public static Command Show(KtEnvironment environment)
    {
        var version = new Argument<long>("version") { Description = "Its number (kt forecast list)." };
        var team = CommonOptions.Team();
        var output = CommonOptions.Output();
        return new Command("show", "What a version says, by target and layer.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path($"v1/forecast/versions/{parsed.GetValue(version).ToString(CultureInfo.InvariantCulture)}", ("team_id", parsed.GetValue(team))), cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, PrintVersion);
                return ExitCodes.Ok;
            },
            version, team, output);
    }

    public static Command Compare(KtEnvironment environment)
    {
        var from = new Argument<long>("from") { Description = "The earlier version." };
        var to = new Argument<long>("to") { Description = "The later one." };
        var month = DateOption.Month("--month", "Which month's forecast, yyyy-MM. Default: the one that ran when the later was published.");
        var output = CommonOptions.Output();
        return new Command("compare", "What moved between two versions, by team and layer, the greatest difference first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/forecast/versions/compare", ("from", parsed.GetValue(from).ToString(CultureInfo.InvariantCulture)),
                        ("to", parsed.GetValue(to).ToString(CultureInfo.InvariantCulture)), ("month", parsed.GetValue(month))),
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, PrintComparison);
                return ExitCodes.Ok;
            },
            from, to, month, output);
    }

    private static void PrintVersion(Printer printer, JsonElement answer)
    {
        var version = answer.GetProperty("version");
        printer.Line($"Version {version.Text("version")} of {version.Time("as_of")}, {Output.Show.OrAll(answer.Text("team_id"), "the organisation")}, {version.Text("currency")}");
        printer.Facts(
        [
            ("why", version.Text("reason") + (version.Text("description").Length > 0 ? $": {version.Text("description")}" : "")),
            ("by", By(version)),
            ("engine", $"{version.Text("engine")}, seed {version.Text("seed")}; days of {version.Text("time_zone")}"),
        ]);
        printer.Table(
            ["target", "from", "to (exclusive)", "layer", ">to date", ">expected", ">P10", ">P50", ">P90"],
            answer.GetProperty("targets").EnumerateArray().SelectMany(target => target.GetProperty("layers").EnumerateArray().Select((layer, place) => (IReadOnlyList<string>)
            [
                place == 0 ? Output.Show.Title(target.Text("kind")) : "", place == 0 ? target.Text("from") : "", place == 0 ? target.Text("to") : "", layer.Text("layer"),
                layer.Rough("to_date"), layer.Rough("expected"), layer.Rough("p10"), layer.Rough("p50"), layer.Rough("p90"),
            ])));
    }

    private static void PrintComparison(Printer printer, JsonElement answer)
    {
        var (from, to) = (answer.GetProperty("from"), answer.GetProperty("to"));
        printer.Line($"Forecast of {answer.Text("month")}: version {from.Text("version")} of {from.Time("as_of")} beside version {to.Text("version")} of {to.Time("as_of")}, {to.Text("currency")}");
        var (total, rows) = (answer.GetProperty("total"), answer.GetProperty("differences").EnumerateArray().ToArray());

        // In all it may be nothing where one team was given as much as another was charged.
        var isKnown = total.Amount("adjustment") is not null;
        var isAdjusted = isKnown && rows.Any(row => row.Amount("adjustment") is { Nanos: not 0 });
        printer.Facts(
        [
            ("month end", $"P50 {from.Rough("month_end_p50")} to {to.Rough("month_end_p50")}"), ("why", to.Text("reason")), ("description", to.Text("description")),
            .. isAdjusted ? [("without tokens", $"{total.Rough("adjustment")} of the difference are credit notes and charges: fixed amounts, and no change of demand")]
                : !isKnown && rows.Length > 0 ? [("without tokens", "how much of it are credit notes and charges is not known: one of the versions did not keep it")]
                : Array.Empty<(string, string)>(),
        ]);
        printer.Table(
            ["team", "layer", ">expected before", ">after", ">difference", .. isAdjusted ? [">without tokens"] : Array.Empty<string>(), ">spent before", ">after"],
            rows.Select(row => (IReadOnlyList<string>)[row.Text("team_id"), row.GetProperty("after").Text("layer"), .. Figures(row, isAdjusted)]),
            ["total", "", .. Figures(total, isAdjusted)]);
    }

    private static IEnumerable<string> Figures(JsonElement row, bool isAdjusted)
    {
        var (before, after) = (row.GetProperty("before"), row.GetProperty("after"));
        return
        [
            before.Rough("expected"), after.Rough("expected"), row.Rough("difference"), .. isAdjusted ? [row.Rough("adjustment")] : Array.Empty<string>(), before.Rough("to_date"), after.Rough("to_date"),
        ];
    }

    /// <summary>A key by its name and id, since two may have one name and one may be called as the service is; by its id alone where nobody knows the name.</summary>
    private static string By(JsonElement version) => version.Text("published_by_name") is { Length: > 0 } name ? $"{name} ({version.Text("published_by")})" : version.Text("published_by");

    private static string MonthEnd(JsonElement version) => $"P10 {version.Rough("month_end_p10")}, P50 {version.Rough("month_end_p50")}, P90 {version.Rough("month_end_p90")}";
}
