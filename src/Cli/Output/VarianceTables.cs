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
        printer.Line(
            $"{Show.OrAll(total.Text("team_id"), "The organisation")}, {Day(report, "current_start")} to {Day(report, "current_end")}{(report.Text("period") == "forecast" ? " as forecast" : "")}, against {Day(report, "before_start")} to {Day(report, "before_end")} (ends exclusive), {report.Text("currency")}");
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

    private static string Day(JsonElement row, string name) => row.Time(name) is { Length: > 10 } time ? time[..10] : "–";
}
