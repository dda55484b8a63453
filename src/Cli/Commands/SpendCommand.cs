using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt spend</c>: what was spent, by whom and on what, against the period before, with the run rate.</summary>
internal static class SpendCommand
{
    private const string DefaultGrouping = "team,model";

    public static Command Create(KtEnvironment environment)
    {
        var all = new Option<bool>("--all") { Description = "All teams, with a total a team unless --top leaves rows out. The default without --team." };
        var by = CommonOptions.Text(
            "--by",
            "Groupings, comma-separated: team, user, application, key, workload, lane, provider, model, outcome, funding, and one of quarter_hour, hour, day, "
            + "week, month; with --mark also mark. Default: team,model.");
        var metric = ChoiceOption.Create("--metric", "The greatest rows first by cost, requests or tokens. Default: in the order of their names.", "cost", "requests", "tokens");
        var top = NumberOption.Optional("--top", "Only the first so many rows; the others are one sum.", 1);
        var compare = new Option<bool>("--compare") { Description = "Beside each figure that of the period before: of months as many months before, else as long a time; of a running one as much as has passed of it." };
        var booked = new Option<bool>("--booked") { Description = "By when usage is booked instead of when it occurred: closed months do not move." };
        var range = new SpendRangeOptions();
        var filters = new SpendFilterOptions(withMark: true);
        var output = CommonOptions.Output();
        return new Command("spend", "Spend by any grouping, month to date and run rate.").Does(
            async (parsed, cancellation) =>
            {
                if (filters.IsGiven(parsed, "team") && parsed.GetValue(all))
                {
                    throw new KtError(ExitCodes.Usage, "Give --all or --team, not both.");
                }

                (string, string?)[] only = [.. filters.Read(parsed)];
                using var api = environment.Connect();
                using var spend = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path(
                        "v1/spend",
                        [
                            ("group_by", parsed.GetValue(by) ?? DefaultGrouping), .. only, .. range.Read(parsed), ("metric", parsed.GetValue(metric)),
                            ("top", parsed.GetValue(top)?.ToString(CultureInfo.InvariantCulture)), ("compare", parsed.GetValue(compare) ? "true" : null),
                            ("booked", parsed.GetValue(booked) ? "true" : null),
                        ]),
                    cancellation, callers: true);
                // What is booked is shown by the months of the books, unless asked otherwise: the month to date below is then of their zone too.
                var zone = parsed.GetValue(booked) ? spend.RootElement.Text("time_zone") : parsed.GetValue(range.Zone);
                using var rate = await api.GetAsync(Query.Path("v1/spend/run-rate", [.. only, ("time_zone", zone)]), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    using var both = Join(spend.RootElement, rate.RootElement);
                    printer.Json(both.RootElement);
                }
                else
                {
                    SpendTable.Print(printer, spend.RootElement, rate.RootElement);
                    TellOfNone(environment, spend.RootElement, only);
                }

                return ExitCodes.Ok;
            },
            [all, by, metric, top, compare, booked, .. range.All, .. filters.All, output]);
    }

    /// <summary>A name that is in no record, as a misspelt one, reads as one that costs nothing.</summary>
    private static void TellOfNone(KtEnvironment environment, JsonElement spend, (string Name, string? Value)[] filters)
    {
        var given = filters.Where(filter => filter.Value is { Length: > 0 } && filter.Name != "mark").Select(filter => filter.Name).ToList();
        if (given.Count > 0 && spend.GetProperty("rows").GetArrayLength() == 0)
        {
            environment.Error.WriteLine($"No usage of this time matches. kt spend --by {string.Join(',', given)} shows the names that there are.");
        }
    }

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
