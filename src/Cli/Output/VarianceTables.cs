using System.Text.Json;
using Platform.Contracts;

namespace Platform.Cli.Output;

/// <summary>The bridge between two periods for people.</summary>
internal static class VarianceTables
{
    private static readonly string[] Classes = ["growth", "waste", "planned_investment", "control", "unexplained"];

    public static void Print(Printer printer, JsonElement report)
    {
        var teams = report.GetProperty("teams").EnumerateArray().ToList();
        var total = teams is [var only] ? only : report.GetProperty("total");
        var zone = Show.Zone(report.Text("time_zone"));
        printer.Line(
            $"{Show.OrAll(total.Text("team_id"), "The organisation")}, {report.Day("current_start", zone)} to {report.Day("current_end", zone)}{(report.Text("period") == "forecast" ? " as forecast" : "")}, against {report.Day("before_start", zone)} to {report.Day("before_end", zone)} (ends exclusive), {report.Text("currency")}");
        if (teams.Count > 1)
        {
            printer.Table(
                ["team", ">before", ">now", ">change", .. Classes.Select(name => ">" + name.Replace('_', ' '))], teams.Select(Row), Row(total));
        }

        Items(printer, total, teams.Count > 1);
        foreach (var note in report.GetProperty("notes").EnumerateArray())
        {
            printer.Line(note.GetString()!);
        }
    }

    private static void Items(Printer printer, JsonElement sum, bool isTold)
    {
        if (!isTold)
        {
            printer.Facts([("before", sum.Rough("before")), ("now", sum.Rough("current")), ("change", Signed(sum, "change"))]);
        }

        foreach (var name in Classes)
        {
            var items = sum.GetProperty("items").EnumerateArray().Where(item => item.Text("class") == name).ToList();
            if (items.Count > 0)
            {
                printer.Line("");
                printer.Line($"{Show.Title(name)}: {Signed(sum.GetProperty("classes"), name)}");
                foreach (var item in items)
                {
                    Item(printer, item);
                }
            }
        }
    }

    private static void Item(Printer printer, JsonElement item)
    {
        printer.Line($"  {Signed(item, "change"),14}  {Show.Title(item.Text("driver"))}. {item.Text("sentence")}");
        foreach (var evidence in item.GetProperty("evidence").EnumerateArray())
        {
            printer.Line($"                    {evidence.Text("command")}   # {evidence.Text("text")}");
        }
    }

    private static IReadOnlyList<string> Row(JsonElement sum) =>
    [
        Show.OrAll(sum.Text("team_id"), "all"), sum.Rough("before"), sum.Rough("current"), Signed(sum, "change"),
        .. Classes.Select(name => Signed(sum.GetProperty("classes"), name)),
    ];

    private static string Signed(JsonElement row, string name) => row.Amount(name) is { } amount && amount > Money.Zero ? "+" + row.Rough(name) : row.Rough(name);
}
