using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.Cli.Output;

/// <summary>Of which periods scenarios are shown.</summary>
/// <param name="AllLayers">Layers of every period; else of the next month.</param>
/// <param name="Month">yyyy-MM: this one alone, with its layers; null: the calendar periods.</param>
internal sealed record ScenarioScope(bool AllLayers = false, string? Month = null);

/// <summary>Scenarios side by side with the forecast, for people.</summary>
internal static class ScenarioTables
{
    private const string Forecast = "forecast";
    private const int MostTeams = 10;

    public static void Print(Printer printer, JsonElement answer, ScenarioScope scope)
    {
        var list = scope.Month is null ? "periods" : "months";
        var periods = answer.GetProperty(list).EnumerateArray().ToArray();

        var scenarios = answer.GetProperty("scenarios").EnumerateArray().ToArray();
        var zone = Show.Zone(answer.Text("time_zone"));
        printer.Line($"Forecast of {Show.OrAll(answer.Text("team_id"), "the organisation")} and what if, {answer.Text("currency")}; a difference is taken future by future, and has its own P10, P50, P90");
        printer.Table(
            ["period", "scenario", ">expected", ">P10", ">P50", ">P90", ">difference", ">P10", ">P50", ">P90"],
            periods.SelectMany((period, place) => Periods(LayerTables.Name(period, zone), period, scenarios.Select(scenario => (scenario.Text("name"), scenario.GetProperty(list)[place])))));
        printer.Table(
            ["scenario", "period", "layer", ">expected", ">difference", ">P10", ">P90"],
            scenarios.SelectMany(scenario => periods.Index().Where(one => scope.AllLayers || scope.Month is not null || one.Item.Text("kind") == "next_month").SelectMany(
                (one, row) => Layers(row == 0 ? scenario.Text("name") : "", LayerTables.Name(one.Item, zone), scenario.GetProperty(list)[one.Index]))));
        printer.Table(
            ["scenario", "change", ">segments", ">plan items", ">touches next month", ">difference", ">P10", ">P90", ">not served"], scenarios.SelectMany(Changes));
        PrintDifferent(
            printer, ["scenario", "team", ">difference this month", ">next month", ">P10", ">P90", ">twelve months"],
            scenarios.SelectMany(scenario => scenario.GetProperty("teams").EnumerateArray().Take(MostTeams).Select(team => Team(scenario, team))));
        PrintDifferent(
            printer, ["scenario", "money of", ">available", ">instead of", ">spent by month's end", ">instead of", "half spent it by", "instead of", ">refused to the next month's end", ">instead of"],
            scenarios.SelectMany(scenario => scenario.GetProperty("funds").EnumerateArray().Select(funds => Funds(scenario, funds, zone))));
        PrintDifferent(
            printer, ["scenario", "wallet", "team", ">available", ">instead of", ">spent by next month's end", ">instead of", "half spent it by", "instead of"],
            scenarios.SelectMany(scenario => scenario.GetProperty("wallets").EnumerateArray().Select(wallet => Wallet(scenario, wallet, zone))));
        foreach (var line in scenarios.SelectMany(scenario => scenario.GetProperty("funds").EnumerateArray()).Select(funds => funds.GetProperty("scenario").GetProperty("outlook"))
            .Where(outlook => outlook.Text("observing_note").Length > 0).Select(outlook => $"{LayerTables.WhoseMoney(outlook)}: {outlook.Text("observing_note")} Those calls are in what is told as refused").Distinct())
        {
            printer.Line(line);
        }

        PrintRepaid(printer, scenarios);
        PrintDifferent(
            printer, ["scenario", "budget", ">amount", ">instead of", ">crossed in", ">instead of", "half crossed by", "instead of", "note"],
            scenarios.SelectMany(scenario => scenario.GetProperty("budgets").EnumerateArray().Select(budget => Budget(scenario, budget, zone))));
        PrintDifferent(
            printer, ["scenario", "cap", "on", "a", ">amount", ">instead of", ">reached in", ">instead of", "half reached by", "instead of", ">needed", ">instead of", "note"],
            scenarios.SelectMany(scenario => CapLines.Of(scenario).Select(cap => Cap(scenario, cap, zone))));
        PrintSentences(printer, answer, scenarios);
    }

    /// <summary>The answer with one of its months alone, of the forecast and of every scenario.</summary>
    /// <param name="month">Of the calendar that the answer is of, yyyy-MM.</param>
    public static JsonDocument Only(JsonElement answer, string month)
    {
        var place = LayerTables.PlaceOf(answer, month);
        var whole = JsonNode.Parse(answer.GetRawText())!;
        foreach (var part in whole["scenarios"]!.AsArray().Append(whole))
        {
            part!["months"] = new JsonArray(part["months"]![place]!.DeepClone());
        }

        return JsonDocument.Parse(whole.ToJsonString());
    }

    private static void PrintDifferent(Printer printer, string[] columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (rows.ToArray() is { Length: > 0 } some)
        {
            printer.Table(columns, some);
        }
    }

    private static IEnumerable<IReadOnlyList<string>> Periods(string name, JsonElement forecast, IEnumerable<(string Name, JsonElement Period)> scenarios)
    {
        var total = Layer(forecast, "layers", "total");
        yield return [name, Forecast, total.Rough("expected"), total.Rough("p10"), total.Rough("p50"), total.Rough("p90"), "", "", "", ""];
        foreach (var (scenario, period) in scenarios)
        {
            var (with, difference) = (Layer(period, "layers", "total"), Layer(period, "differences", "total"));
            yield return
            [
                "", scenario, with.Rough("expected"), with.Rough("p10"), with.Rough("p50"), with.Rough("p90"), difference.Rough("expected"), difference.Rough("p10"),
                difference.Rough("p50"), difference.Rough("p90"),
            ];
        }
    }

    private static IEnumerable<IReadOnlyList<string>> Layers(string scenario, string name, JsonElement period) => period.GetProperty("layers").EnumerateArray().Select((layer, place) =>
    {
        var difference = Layer(period, "differences", layer.Text("layer"));
        return (IReadOnlyList<string>)
        [
            place == 0 ? scenario : "", place == 0 ? name : "", layer.Text("layer"), layer.Rough("expected"), difference.Rough("expected"), difference.Rough("p10"), difference.Rough("p90"),
        ];
    });

    private static IEnumerable<IReadOnlyList<string>> Changes(JsonElement scenario) => scenario.GetProperty("changes").EnumerateArray().Select((change, place) =>
    {
        var period = Period(change, "next_month");
        var difference = period.GetProperty("difference");
        return (IReadOnlyList<string>)
        [
            place == 0 ? scenario.Text("name") : "", change.Text("change"), change.Count("segments"), change.Count("plan_items"), period.Rough("touched"), difference.Rough("expected"),
            difference.Rough("p10"), difference.Rough("p90"), period.Rough("unserved"),
        ];
    });

    private static IReadOnlyList<string> Team(JsonElement scenario, JsonElement team)
    {
        var next = Period(team, "next_month").GetProperty("difference");
        return
        [
            scenario.Text("name"), team.Text("team_id"), Period(team, "month").GetProperty("difference").Rough("expected"), next.Rough("expected"), next.Rough("p10"), next.Rough("p90"),
            Period(team, "twelve_months").GetProperty("difference").Rough("expected"),
        ];
    }

    private static IReadOnlyList<string> Funds(JsonElement scenario, JsonElement funds, TimeZoneInfo zone)
    {
        var (before, after) = (funds.GetProperty(Forecast), funds.GetProperty("scenario"));
        var (was, willBe) = (before.GetProperty("outlook"), after.GetProperty("outlook"));
        return
        [
            scenario.Text("name"), LayerTables.WhoseMoney(willBe), willBe.Rough("available"), was.Rough("available"), Percent(willBe, "exhausted_this_month"),
            Percent(was, "exhausted_this_month"), willBe.Day("expected", zone), was.Day("expected", zone), after.GetProperty("refused_to_next_month").Rough("expected"),
            before.GetProperty("refused_to_next_month").Rough("expected"),
        ];
    }

    private static IReadOnlyList<string> Wallet(JsonElement scenario, JsonElement wallet, TimeZoneInfo zone)
    {
        var (was, willBe) = (wallet.GetProperty(Forecast).GetProperty("funds"), wallet.GetProperty("scenario").GetProperty("funds"));
        return
        [
            scenario.Text("name"), wallet.GetProperty("scenario").Text("wallet_id"), willBe.Text("team_id"), willBe.Rough("available"), was.Rough("available"),
            Percent(willBe, "exhausted_next_month"), Percent(was, "exhausted_next_month"), willBe.Day("expected", zone), was.Day("expected", zone),
        ];
    }

    private static IReadOnlyList<string> Budget(JsonElement scenario, JsonElement budget, TimeZoneInfo zone)
    {
        var (was, willBe) = (budget.GetProperty(Forecast), budget.GetProperty("scenario"));
        return
        [
            scenario.Text("name"), willBe.Text("budget_id"), willBe.Comparable("amount"), was.Comparable("amount"), Percent(willBe, "crossing"), Percent(was, "crossing"), willBe.Day("expected", zone),
            was.Day("expected", zone), willBe.Text("note"),
        ];
    }

    private static IReadOnlyList<string> Cap(JsonElement scenario, JsonElement cap, TimeZoneInfo zone)
    {
        var (was, willBe) = (cap.GetProperty(Forecast), cap.GetProperty("scenario"));
        return
        [
            scenario.Text("name"), willBe.Text("cap_id"), Show.OrAll(willBe.Text("team_id"), "the organisation"), willBe.Text("period"), willBe.Comparable("amount"), was.Comparable("amount"),
            CapLines.Share(willBe, "reached"), CapLines.Share(was, "reached"), willBe.Day("expected", zone), was.Day("expected", zone), willBe.Comparable("needed"), was.Comparable("needed"), willBe.Text("note"),
        ];
    }

    /// <summary>Without it money that is put in would seem to be lost.</summary>
    private static void PrintRepaid(Printer printer, JsonElement[] scenarios)
    {
        foreach (var scenario in scenarios)
        {
            var sums = scenario.GetProperty("funds").EnumerateArray().Select(funds => (Was: funds.GetProperty(Forecast).GetProperty("outlook"), WillBe: funds.GetProperty("scenario").GetProperty("outlook")))
                .Select(sum => (sum.Was, sum.WillBe, Whose: sum.WillBe.Text("team_id"))).Where(sum => IsRepaid(sum.Was, sum.WillBe)).ToArray();
            var wallets = scenario.GetProperty("wallets").EnumerateArray().Select(wallet => (Was: wallet.GetProperty(Forecast).GetProperty("funds"), WillBe: wallet.GetProperty("scenario").GetProperty("funds"),
                Whose: wallet.GetProperty("scenario").Text("wallet_id"))).Where(wallet => IsRepaid(wallet.Was, wallet.WillBe)).ToArray();
            foreach (var (was, willBe, _) in sums.Where(sum => sum.Whose.Length == 0))
            {
                printer.Line($"{scenario.Text("name")}, {LayerTables.WhoseMoney(willBe)}: overage is repaid, {was.Rough("overage")} before and {willBe.Rough("overage")} after");
            }

            // Of a team with several wallets each says it of itself.
            foreach (var (was, willBe, whose) in sums.Where(sum => sum.Whose.Length > 0 && !wallets.Any(wallet => wallet.WillBe.Text("team_id") == sum.Whose)).Concat(wallets))
            {
                printer.Line($"{scenario.Text("name")}, {whose}: what is put in repays overage first, {was.Rough("overage")} before and {willBe.Rough("overage")} after; only the rest of it is available");
            }
        }
    }

    private static bool IsRepaid(JsonElement was, JsonElement willBe) => was.Amount("overage")?.Nanos > willBe.Amount("overage")?.Nanos;

    private static void PrintSentences(Printer printer, JsonElement answer, JsonElement[] scenarios)
    {
        foreach (var change in scenarios.SelectMany(scenario => scenario.GetProperty("changes").EnumerateArray()).DistinctBy(change => change.Text("change")))
        {
            printer.Line($"{change.Text("change")}");
            foreach (var (name, sentences) in new[] { ("rests on", change.GetProperty("rests_on")), ("cannot know", change.GetProperty("cannot_know")) })
            {
                foreach (var sentence in sentences.EnumerateArray())
                {
                    printer.Line($"  {name}: {sentence.GetString()}");
                }
            }
        }

        foreach (var note in answer.GetProperty("notes").EnumerateArray())
        {
            printer.Line(note.GetString()!);
        }
    }

    private static JsonElement Period(JsonElement of, string kind) => of.GetProperty("periods").EnumerateArray().First(period => period.Text("kind") == kind);

    private static JsonElement Layer(JsonElement period, string list, string layer) => period.GetProperty(list).EnumerateArray().First(figures => figures.Text("layer") == layer);

    private static string Percent(JsonElement row, string name) =>
        row.GetProperty(name) is { ValueKind: JsonValueKind.Number } share ? share.GetDouble().ToString("0.0 %", CultureInfo.InvariantCulture) : "–";
}
