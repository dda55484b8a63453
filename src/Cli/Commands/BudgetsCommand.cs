using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt budgets list|show|set|remove|history|ack|snooze</c>.</summary>
internal static class BudgetsCommand
{
    private static readonly string[] Columns = ["budget", "watches", "period", ">amount", ">spent", ">%", ">projected", "status", "until", ">open"];

    public static Command Create(KtEnvironment environment) => new("budgets", "Spend watched by calendar period: told at thresholds, and refused only where a limit is hard.")
    {
        List(environment),
        Show(environment),
        BudgetSetCommand.Create(environment),
        Remove(environment),
        BudgetHistoryCommand.Create(environment),
        BudgetSilenceCommand.CreateAcknowledge(environment),
        BudgetSilenceCommand.CreateSnooze(environment),
    };

    public static Argument<string> Budget() => new("budget") { Description = "The budget's id." };

    public static string Path(string budget, string action = "") => $"v1/budgets/{Uri.EscapeDataString(budget)}{action}";

    /// <summary>One budget as facts, or as the API's JSON.</summary>
    public static int Print(KtEnvironment environment, OutputFormat format, JsonElement budget)
    {
        var printer = environment.Printer(format);
        if (printer.IsJson)
        {
            printer.Json(budget);
            return ExitCodes.Ok;
        }

        printer.Facts(
        [
            ("budget", Name(budget)),
            ("watches", Watches(budget)),
            ("amount", $"{budget.Exact("amount")} {budget.Text("currency")} a {budget.Text("period")}, {budget.Text("time_zone")}"),
            ("spent", budget.Amount("spent") is null ? "–" : $"{budget.Exact("spent")} ({Percent(budget)} %)"),
            ("projected", budget.Amount("projected") is null ? $"– {budget.Text("forecast_note")}" : $"{budget.Comparable("projected")} (spent, and what the last published forecast sees for the rest of its period)"),
            ("until", budget.Time("period_to")),
            ("status", Status(budget)),
            ("thresholds", $"{Percents(budget, "actual_percents")} of spend, {Percents(budget, "forecast_percents")} of forecast"),
            ("rate alerts", budget.GetProperty("rate_alerts").GetBoolean() ? "on" : "off"),
            ("hard limit", HardLimit(budget)),
            ("open", $"{budget.Count("open")} to acknowledge"),
        ]);
        return ExitCodes.Ok;
    }

    private static Command List(KtEnvironment environment)
    {
        var team = CommonOptions.Text("--team", "Only budgets that watch this team.");
        var all = new Option<bool>("--all") { Description = "Removed ones too." };
        var output = CommonOptions.Output();
        return new Command("list", "Budgets with what is spent and projected in their current period.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAllAsync(
                    "v1/budgets", "budgets", [("team_id", parsed.GetValue(team)), ("all", parsed.GetValue(all) ? "true" : null)], cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(answer.RootElement, Columns.In(answer.RootElement.GetProperty("budgets"), "amount", "spent", "projected"), "budgets", budget =>
                [
                    budget.Text("budget_id"), Watches(budget), budget.Text("period"), budget.Comparable("amount"), budget.Comparable("spent"), Percent(budget),
                    budget.Comparable("projected"), Status(budget), budget.Time("period_to"), budget.Count("open"),
                ]);
                return ExitCodes.Ok;
            },
            team, all, output);
    }

    private static Command Show(KtEnvironment environment)
    {
        var id = Budget();
        var output = CommonOptions.Output();
        return new Command("show", "One budget, with its thresholds and what its projection rests on.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Path(parsed.GetRequiredValue(id)), cancellation);
                return Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            id, output);
    }

    private static Command Remove(KtEnvironment environment)
    {
        var id = Budget();
        var output = CommonOptions.Output();
        return new Command("remove", "End a budget; its history stays.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync(Path(parsed.GetRequiredValue(id)), cancellation);
                return Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            id, output);
    }

    private static string Name(JsonElement budget) =>
        budget.Text("name") == budget.Text("budget_id") ? budget.Text("budget_id") : $"{budget.Text("budget_id")} ({budget.Text("name")})";

    /// <summary>The scope's dimensions; "all spend" for none.</summary>
    private static string Watches(JsonElement budget)
    {
        var scope = budget.GetProperty("scope");
        string[] names = ["team_id", "user_id", "key_id", "provider", "model", "workload", "lane"];
        var named = names.Where(name => scope.Text(name).Length > 0).Select(name => $"{name.Replace("_id", "", StringComparison.Ordinal)} {scope.Text(name)}").ToList();
        if (scope.Text("tag_key").Length > 0)
        {
            named.Add($"{scope.Text("tag_key")}={scope.Text("tag_value")}");
        }

        return named.Count == 0 ? "all spend" : string.Join(", ", named);
    }

    private static string Status(JsonElement budget) =>
        Output.Show.Title(budget.Text("status")) + (budget.Text("snoozed_until").Length > 0 ? $", snoozed until {budget.Time("snoozed_until")}" : "")
        + (budget.Text("cap_state") == "refused" ? ", hard limit REFUSED" : "");

    private static string Percent(JsonElement budget) => budget.GetProperty("spent_percent") is { ValueKind: JsonValueKind.Number } percent
        ? percent.GetDecimal().ToString("0.0#", CultureInfo.InvariantCulture)
        : "–";

    private static string Percents(JsonElement budget, string name) =>
        budget.GetProperty(name).EnumerateArray().Select(percent => $"{percent} %").ToList() is { Count: > 0 } percents ? string.Join(", ", percents) : "none";

    private static string HardLimit(JsonElement budget) => budget.Text("cap_state") switch
    {
        "none" => "no",
        "pending" => "being set in Wallet",
        "refused" => $"REFUSED: {budget.Text("cap_problem")}",
        _ => $"yes ({budget.Text("cap_id")})",
    };
}
