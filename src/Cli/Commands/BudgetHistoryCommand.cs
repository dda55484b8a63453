using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt budgets history BUDGET</c>.</summary>
internal static class BudgetHistoryCommand
{
    private static readonly string[] Columns = ["when", "what", ">spent", "period or window from", "told", "seen", "note"];

    public static Command Create(KtEnvironment environment)
    {
        var id = BudgetsCommand.Budget();
        var limit = NumberOption.Create("--limit", "At most this many of each kind, 1 to 1,000.", 1, 1000, 100);
        var output = CommonOptions.Output();
        return new Command("history", "What a budget has crossed, found unusual, and what was done with it, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path(
                        BudgetsCommand.Path(parsed.GetRequiredValue(id), "/history"), ("limit", parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture))),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.List(Columns, Rows(answer.RootElement).OrderByDescending(row => row.When, StringComparer.Ordinal).Select(row => row.Cells));
                if (answer.RootElement.TryGetProperty("has_older", out var older) && older.GetBoolean())
                {
                    environment.Error.WriteLine("Older ones are not shown: --limit shows up to 1,000 of each kind.");
                }

                return ExitCodes.Ok;
            },
            id, limit, output);
    }

    private static IEnumerable<(string When, IReadOnlyList<string> Cells)> Rows(JsonElement history) =>
    [
        .. history.GetProperty("crossings").EnumerateArray().Select(crossing => Row(
            crossing, "noticed_at", $"{crossing.Text("basis")} {crossing.Text("percent")} % of {crossing.Comparable("amount")}", crossing.Time("period_from"))),
        .. history.GetProperty("rates").EnumerateArray().Select(rate => Row(
            rate, "noticed_at", $"{rate.Text("window")} too {(rate.GetProperty("too_high").GetBoolean() ? "high" : "low")}: {rate.Comparable("low")} to {rate.Comparable("high")} expected",
            rate.Time("window_from"))),
        .. history.GetProperty("changes").EnumerateArray().Select(change => Row(change, "changed_at", $"{Action(change)} by {change.Text("actor")}", "")),
    ];

    /// <summary>A snooze until no moment ends the one that ran.</summary>
    private static string Action(JsonElement change) => change.Text("action") is var action && action != "snoozed" ? action
        : change.Text("snoozed_until").Length == 0 ? "snooze ended" : $"snoozed until {change.Time("snoozed_until")}";

    private static (string When, IReadOnlyList<string> Cells) Row(JsonElement entry, string when, string what, string from) =>
        (entry.Text(when), [entry.Time(when), what, entry.Comparable("spent"), from, Moment(entry, "told_at"), Moment(entry, "acknowledged_at"), entry.Text("note")]);

    private static string Moment(JsonElement entry, string name) => entry.Text(name).Length == 0 ? "" : entry.Time(name);
}
