using System.Globalization;
using System.Text.Json;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary>How `kt spend` looks to people.</summary>
internal static class SpendTable
{
    private const int Week = 7;

    public static void Print(Printer printer, JsonElement spend, JsonElement rate)
    {
        var currency = spend.Text("currency");
        var groups = spend.GetProperty("group_by").EnumerateArray().Select(group => group.GetString()!).ToList();
        var compared = spend.TryGetProperty("compared_with", out var before) && before.ValueKind == JsonValueKind.Object;
        printer.Line($"Spend from {spend.Time("from")} to {spend.Time("to")}, {currency}{(compared ? $"; before: {before.Time("from")} to {before.Time("to")}" : "")}");
        var rows = spend.GetProperty("rows").EnumerateArray().ToList();
        printer.Table(
            [.. groups.Select(group => group.Replace('_', ' ')), .. Columns(compared)],
            [.. rows.Select(row => Row(groups.Select(group => Show.OrAll(row.Text(group), "–")), row, compared)), .. Others(spend, groups, compared)],
            Row(groups.Select((_, index) => index == 0 ? "total" : ""), spend.GetProperty("total"), compared));
        if (groups is ["team", _, ..])
        {
            PrintTeams(printer, rows, isWhole: !HasOthers(spend));
        }

        var adjustment = spend.GetProperty("total").Amount("adjustment") ?? Money.Zero;
        printer.Facts(
        [
            .. adjustment.Nanos == 0 ? Array.Empty<(string, string)>() : [("of it adjustments", $"{spend.GetProperty("total").Exact("adjustment")} {currency} without calls: credit notes and what was charged afterwards")],
            ("month to date", $"{rate.Rough("month_to_date")} {currency}"),
            ("run rate", RunRate(rate, currency)),
            ("last hour / day / 7 days", $"{rate.Rough("last_hour")} / {rate.Rough("last_day")} / {rate.Rough("last_7_days")} {currency}"),
            ("month at this rate", rate.Amount("month_projected") is null ? "–" : $"{rate.Rough("month_projected")} {currency} (a rule of thumb without weekdays, growth, new prices and plans; kt forecast has them)"),
            ("unpriced", $"{Percent(spend, "unpriced_share")} of calls, whose cost is in no sum (kt prices unpriced)"),
            ("unclassified", $"{Percent(spend, "unclassified_share")} of calls, {Percent(spend, "unclassified_cost_share")} of cost (no workload class)"),
        ]);
    }

    /// <summary>With how many days it rests on.</summary>
    private static string RunRate(JsonElement rate, string currency) => rate.GetProperty("run_rate_days").GetInt32() switch
    {
        0 => "– (there was no full day of usage yet)",
        1 => $"{rate.Rough("daily_run_rate")} {currency} a day (of one full day: usage began on it)",
        Week => $"{rate.Rough("daily_run_rate")} {currency} a day (mean of the last seven full days)",
        var days => $"{rate.Rough("daily_run_rate")} {currency} a day (mean of the {days} full days since usage began)",
    };

    private static string[] Columns(bool compared) => compared
        ? [">cost", ">before", ">change", ">calls", ">before", ">input tokens", ">output tokens", ">unpriced"]
        : [">cost", ">calls", ">input tokens", ">output tokens", ">unpriced"];

    private static IReadOnlyList<string> Row(IEnumerable<string> names, JsonElement row, bool compared)
    {
        string[] tokens = [row.Count("input_tokens"), row.Count("output_tokens"), row.Count("unpriced_calls")];
        if (!compared)
        {
            return [.. names, row.Rough("cost"), row.Count("calls"), .. tokens];
        }

        var before = row.GetProperty("previous");
        return [.. names, row.Rough("cost"), before.Rough("cost"), Change(row, before), row.Count("calls"), before.Count("calls"), .. tokens];
    }

    private static IEnumerable<IReadOnlyList<string>> Others(JsonElement spend, List<string> groups, bool compared) =>
        HasOthers(spend)
            ? [Row(groups.Select((_, index) => index == 0 ? $"{spend.Count("other_rows")} others" : ""), spend.GetProperty("others"), compared)]
            : [];

    /// <summary>Whether rows are left out, and only their sum is there.</summary>
    private static bool HasOthers(JsonElement spend) => spend.TryGetProperty("others", out var others) && others.ValueKind == JsonValueKind.Object;

    /// <summary>What was next to nothing before is told as such: its millions of per cent say no more.</summary>
    private static string Change(JsonElement now, JsonElement before)
    {
        var (cost, was) = ((now.Amount("cost") ?? Money.Zero).ToDecimal(), (before.Amount("cost") ?? Money.Zero).ToDecimal());
        return was <= 0 ? cost == was ? "–" : "new"
            : cost > 11 * was ? "> +1,000 %"
            : ((cost - was) / was * 100).ToString("+#,##0.0;-#,##0.0;0.0", CultureInfo.InvariantCulture) + " %";
    }

    /// <summary>A total a team. Rows that were left out belong to teams too, so without them there is none.</summary>
    private static void PrintTeams(Printer printer, List<JsonElement> rows, bool isWhole)
    {
        if (!isWhole)
        {
            printer.Line("Totals a team are of all rows: kt spend --by team");
            return;
        }

        if (rows.Count == 0)
        {
            return;
        }

        printer.Table(
            ["team", ">cost", ">calls"],
            rows.GroupBy(row => row.Text("team")).Select(team => (IReadOnlyList<string>)
            [
                Show.OrAll(team.Key, "–"),
                team.Aggregate(Money.Zero, (sum, row) => sum + (row.Amount("cost") ?? Money.Zero)).ToRoundedString(OrganisationCurrency.Code),
                team.Sum(row => row.GetProperty("calls").GetInt64()).ToString("#,##0", CultureInfo.InvariantCulture),
            ]));
    }

    private static string Percent(JsonElement spend, string name) =>
        spend.TryGetProperty(name, out var share) ? (share.GetDecimal() * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %" : "–";
}
