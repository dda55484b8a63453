using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary><c>kt spend</c>: what was spent, by whom and on what, with the run rate.</summary>
internal static class SpendCommand
{
    private const string DefaultGrouping = "team,model";

    public static Command Create(KtEnvironment environment)
    {
        var all = new Option<bool>("--all") { Description = "All teams, with a total a team. The default without --team." };
        var team = CommonOptions.Team();
        var by = CommonOptions.Text("--by", "Groupings, comma-separated: team, workload, lane, provider, model, key, hour, day, month. Default: team,model.");
        var since = CommonOptions.Text("--since", "How far back: 24h, 30d, 4w. Default: 30d.");
        var zone = CommonOptions.Text("--time-zone", "IANA name for days and months. Default: UTC.");
        var output = CommonOptions.Output();
        return new Command("spend", "Spend by team and model, month to date and run rate.").Does(
            async (parsed, cancellation) =>
            {
                var onlyTeam = parsed.GetValue(team);
                if (onlyTeam is not null && parsed.GetValue(all))
                {
                    throw new KtError(ExitCodes.Usage, "Give --all or --team, not both.");
                }

                using var api = environment.Connect();
                using var spend = await api.GetAsync(
                    Query.Path(
                        "v1/spend", ("group_by", parsed.GetValue(by) ?? DefaultGrouping), ("team", onlyTeam), ("since", parsed.GetValue(since) ?? "30d"),
                        ("time_zone", parsed.GetValue(zone))),
                    cancellation);
                using var rate = await api.GetAsync(Query.Path("v1/spend/run-rate", ("team", onlyTeam), ("time_zone", parsed.GetValue(zone))), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    using var both = Join(spend.RootElement, rate.RootElement);
                    printer.Json(both.RootElement);
                }
                else
                {
                    Print(printer, spend.RootElement, rate.RootElement);
                }

                return ExitCodes.Ok;
            },
            all, team, by, since, zone, output);
    }

    private static void Print(Printer printer, JsonElement spend, JsonElement rate)
    {
        var currency = spend.Text("currency");
        var groups = spend.GetProperty("group_by").EnumerateArray().Select(group => group.GetString()!).ToList();
        printer.Line($"Spend from {spend.Time("from")} to {spend.Time("to")}, {currency}");
        var rows = spend.GetProperty("rows").EnumerateArray().ToList();
        var total = spend.GetProperty("total");
        printer.Table(
            [.. groups, ">cost", ">calls", ">input tokens", ">output tokens", ">unpriced"],
            rows.Select(row => (IReadOnlyList<string>)[.. groups.Select(group => Show.OrAll(row.Text(group), "–")), .. Figures(row)]),
            [.. groups.Select((_, index) => index == 0 ? "total" : ""), .. Figures(total)]);
        if (groups is ["team", _, ..])
        {
            PrintTeams(printer, rows);
        }

        printer.Facts(
        [
            ("month to date", $"{rate.Rough("month_to_date")} {currency}"),
            ("run rate", $"{rate.Rough("daily_run_rate")} {currency} a day (mean of the last seven full days)"),
            ("last hour / day / 7 days", $"{rate.Rough("last_hour")} / {rate.Rough("last_day")} / {rate.Rough("last_7_days")} {currency}"),
            ("month at this rate", $"{rate.Rough("month_projected")} {currency} (a rule of thumb; kt forecast projects it)"),
        ]);
    }

    private static void PrintTeams(Printer printer, List<JsonElement> rows) => printer.Table(
        ["team", ">cost", ">calls"],
        rows.GroupBy(row => row.Text("team")).Select(team => (IReadOnlyList<string>)
        [
            Show.OrAll(team.Key, "–"),
            team.Aggregate(Money.Zero, (sum, row) => sum + (row.Amount("cost") ?? Money.Zero)).ToRoundedString(),
            team.Sum(row => row.GetProperty("calls").GetInt64()).ToString("#,##0", System.Globalization.CultureInfo.InvariantCulture),
        ]));

    private static string[] Figures(JsonElement row) =>
        [row.Rough("cost"), row.Count("calls"), row.Count("input_tokens"), row.Count("output_tokens"), row.Count("unpriced_calls")];

    private static JsonDocument Join(JsonElement spend, JsonElement rate)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var property in spend.EnumerateObject())
            {
                property.WriteTo(writer);
            }

            writer.WritePropertyName("run_rate");
            rate.WriteTo(writer);
            writer.WriteEndObject();
        }

        return JsonDocument.Parse(stream.ToArray());
    }
}
