using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.Cli.Output;

/// <summary>The layered forecast for people.</summary>
internal static class LayerTables
{
    private const string NextYear = "next_year";
    private const int WalletsShown = 20;
    private const int TeamsShown = 50;
    private const double OneInTen = 0.1;

    private static readonly string[] Funds =
        [">available", ">spent by month's end", ">by the next", "spent by (P10)", "(P50)", "(P90)", ">needed this month", ">next month", ">missing"];

    /// <param name="list">Whose layers are shown: periods or months.</param>
    public static void Print(Printer printer, JsonElement forecast, string list)
    {
        var zone = Show.Zone(forecast.Text("time_zone"));
        var periods = forecast.GetProperty(list).EnumerateArray().ToList();
        printer.Line($"Forecast of {Show.OrAll(forecast.Text("team_id"), "the organisation")} by layer, {forecast.Text("currency")}; expected figures add up, quantiles do not");
        printer.Table(
            ["period", "layer", ">to date", ">expected", ">P10", ">P50", ">P90"],
            periods.SelectMany(period => period.GetProperty("layers").EnumerateArray().Select((layer, place) => (IReadOnlyList<string>)
            [
                place == 0 ? Name(period, zone) : "", layer.Text("layer"), layer.Rough("to_date"), layer.Rough("expected"), layer.Rough("p10"), layer.Rough("p50"), layer.Rough("p90"),
            ])));
        printer.Line(Growth(periods[0], zone));
        PrintReasons(printer, forecast);
        PrintMoney(printer, forecast, zone);
    }

    /// <summary>The forecast with one of its months alone.</summary>
    /// <param name="month">Of the calendar that the answer is of, yyyy-MM.</param>
    public static JsonDocument Only(JsonElement forecast, string month)
    {
        var place = PlaceOf(forecast, month);
        var whole = JsonNode.Parse(forecast.GetRawText())!;
        whole["months"] = new JsonArray(whole["months"]![place]!.DeepClone());
        return JsonDocument.Parse(whole.ToJsonString());
    }

    /// <summary>Where a month stands among those of an answer.</summary>
    /// <exception cref="KtError">It is none of them.</exception>
    public static int PlaceOf(JsonElement forecast, string month)
    {
        var zone = Show.Zone(forecast.Text("time_zone"));
        var months = forecast.GetProperty("months").EnumerateArray().ToList();
        var place = months.FindIndex(period => Month(period, zone) == month);
        return place >= 0
            ? place
            : throw new KtError(
                ExitCodes.Usage, $"--month {month} is none of the months that are forecast{(months.Count == 0 ? "" : $", {Month(months[0], zone)} to {Month(months[^1], zone)}")}: the current one and the twelve after it.");
    }

    /// <summary>What the layers rest on, and what they leave out.</summary>
    public static void PrintReasons(Printer printer, JsonElement forecast)
    {
        foreach (var line in Evidence(forecast.GetProperty("evidence"), forecast.Text("currency")).Concat(forecast.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!)))
        {
            printer.Line(line);
        }
    }

    /// <summary>Whose money figures are of: of all wallets together or of all of a team. "The organisation" is a wallet of its own where wallets are listed, with what no team has.</summary>
    public static string WhoseMoney(JsonElement funds) => Show.OrAll(funds.Text("team_id"), "all wallets");

    private static void PrintMoney(Printer printer, JsonElement forecast, TimeZoneInfo zone)
    {
        var all = forecast.GetProperty("funds").EnumerateArray().ToList();
        var shown = MostPressing(all);
        printer.Table(["money of", .. Funds], shown.Select(funds => FundsRow(WhoseMoney(funds), funds, zone)));
        if (shown.Count < all.Count)
        {
            printer.Line($"{Number(shown.Count)} of {Number(all.Count)}: all wallets together, and the teams whose money is likeliest to be spent before the end of next month (--team has one, -o json all)");
        }

        foreach (var funds in shown.Where(funds => funds.Amount("refused_next_month") is { Nanos: > 0 } || funds.Amount("refused_this_month") is { Nanos: > 0 }))
        {
            printer.Line($"Refused for want of money, and in no need above: {WhoseMoney(funds)}, {funds.Rough("refused_this_month")} expected of the rest of this month, "
                + $"{funds.Rough("refused_next_month")} of the next; a call that is tried again counts each time");
        }

        foreach (var funds in shown)
        {
            var whose = WhoseMoney(funds);
            if (funds.Amount("overage") is { Nanos: > 0 })
            {
                var isMissing = funds.Amount("missing") is { Nanos: > 0 };
                printer.Line($"{whose}: {funds.Rough("overage")} of overage, which the next money repays first{(isMissing ? ", is in what is missing" : "; nothing is missing this month")}");
            }

            if (funds.TryGetProperty("soon", out var soon) && soon.ValueKind == JsonValueKind.Object && soon.GetProperty("exhausted").GetDouble() > 0)
            {
                printer.Line($"{whose}: in the next seven days, before {soon.Day("to", zone)}, money is spent in {Percent(soon, "exhausted")} of futures; needed {soon.Rough("needed")}, missing {soon.Rough("missing")}");
            }

            foreach (var note in ((string[])[funds.Text("calendar_note"), funds.Text("observing_note")]).Where(note => note.Length > 0))
            {
                printer.Line($"{whose}: {note}");
            }
        }

        PrintWallets(printer, forecast.Text("team_id"), forecast.GetProperty("wallets").EnumerateArray().ToList(), zone);
        var budgets = forecast.GetProperty("budgets").EnumerateArray().ToList();
        if (budgets.Count > 0)
        {
            printer.Table(
                ["budget", ">amount", ">spent", "ends", ">crossed in", "half crossed by", "as early as", "note"],
                budgets.Select(budget => (IReadOnlyList<string>)
                [
                    budget.Text("budget_id"), budget.Comparable("amount"), budget.Comparable("spent"), budget.Day("period_end", zone),
                    budget.GetProperty("crossing").ValueKind == JsonValueKind.Null ? "–" : Percent(budget, "crossing"), budget.Day("expected", zone), budget.Day("early", zone), budget.Text("note"),
                ]));
        }

        PrintCaps(printer, forecast, zone);
    }

    /// <summary>All, in their order, where there are few; else that of all wallets together, and of the teams' those that are likeliest to be spent, then those of which most is needed.</summary>
    private static List<JsonElement> MostPressing(List<JsonElement> funds) => funds.Count <= TeamsShown
        ? funds
        : [.. funds.OrderBy(of => of.Text("team_id").Length > 0).ThenByDescending(of => of.GetProperty("exhausted_next_month").GetDouble()).ThenByDescending(of => of.Amount("needed_next_month")?.Nanos).Take(TeamsShown)];

    private static void PrintCaps(Printer printer, JsonElement forecast, TimeZoneInfo zone)
    {
        var caps = CapLines.Of(forecast).ToList();
        if (caps.Count == 0)
        {
            return;
        }

        printer.Table(
            ["cap", "on", "a", ">amount", ">spent", "ends", ">reached in", "as early as (P10)", "(P50)", "(P90)", ">needed", ">reached in the next", ">needed then", "source"],
            caps.Select(cap => (IReadOnlyList<string>)
            [
                cap.Text("cap_id"), Show.OrAll(cap.Text("team_id"), "the organisation"), cap.Text("period"), cap.Comparable("amount"), cap.Comparable("spent"), cap.Day("period_end", zone),
                CapLines.Share(cap, "reached"), cap.Day("early", zone), cap.Day("expected", zone), cap.Day("late", zone), cap.Comparable("needed"), CapLines.Share(cap, "reached_next"),
                cap.Comparable("needed_next"), cap.Text("source"),
            ]));
        foreach (var cap in caps.Where(cap => cap.Text("note").Length > 0))
        {
            printer.Line($"{cap.Text("cap_id")} on {Show.OrAll(cap.Text("team_id"), "the organisation")}: {cap.Text("note")}");
        }

        printer.Line("Calls that ask for more than a cap leaves are refused until its next period, unless the wallet that they are charged to only observes. Caps on users and keys are not judged (kt caps list has them)");
    }

    /// <summary>Of a team all; of the organisation those that are likeliest to run out.</summary>
    private static void PrintWallets(Printer printer, string team, List<JsonElement> wallets, TimeZoneInfo zone)
    {
        if (team.Length > 0 && wallets.Count > 1)
        {
            printer.Line($"Its wallets, each by itself; in every future they come to what {team} spends");
            printer.Table(["wallet", .. Funds, "note"], wallets.Select(wallet => (IReadOnlyList<string>)
                [.. FundsRow(wallet.Text("wallet_id"), wallet.GetProperty("funds"), zone), wallet.Text("note")]));
        }

        if (team.Length == 0 && wallets.Count > 0)
        {
            var atRisk = wallets.Where(wallet => NextMonth(wallet) >= OneInTen).OrderByDescending(NextMonth).ToList();
            printer.Line($"Wallets, each by itself: {Number(atRisk.Count)} of {Number(wallets.Count)} are spent before the end of next month in one future of ten or more"
                + (atRisk.Count > WalletsShown ? $"; the {Number(WalletsShown)} likeliest (-o json has all)" : ""));
            if (atRisk.Count == 0)
            {
                return;
            }

            printer.Table(["wallet", "team", .. Funds], atRisk.Take(WalletsShown).Select(wallet => (IReadOnlyList<string>)
                [wallet.Text("wallet_id"), .. FundsRow(wallet.GetProperty("funds").Text("team_id"), wallet.GetProperty("funds"), zone)]));
        }
    }

    private static double NextMonth(JsonElement wallet) => wallet.GetProperty("funds").GetProperty("exhausted_next_month").GetDouble();

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static IReadOnlyList<string> FundsRow(string whose, JsonElement funds, TimeZoneInfo zone) =>
    [
        whose, funds.Rough("available"), Percent(funds, "exhausted_this_month"), Percent(funds, "exhausted_next_month"),
        funds.Day("early", zone), funds.Day("expected", zone), funds.Day("late", zone), funds.Rough("needed_this_month"), funds.Rough("needed_next_month"), funds.Rough("missing"),
    ];

    public static string Name(JsonElement period, TimeZoneInfo zone) => period.Text("kind") switch
    {
        "" => Month(period, zone),
        NextYear => $"{period.Day("period_start", zone)[..4]}{(period.Day("period_end", zone)[5..] == "01-01" ? "" : $" to {LastMonth(period, zone)}")}",
        var kind => Show.Title(kind),
    };

    private static string LastMonth(JsonElement period, TimeZoneInfo zone) =>
        DateOnly.ParseExact(period.Day("period_end", zone), "yyyy-MM-dd", CultureInfo.InvariantCulture).AddDays(-1).ToString("yyyy-MM", CultureInfo.InvariantCulture);

    private static string Month(JsonElement period, TimeZoneInfo zone) => period.Day("period_start", zone)[..7];

    private static string Growth(JsonElement period, TimeZoneInfo zone)
    {
        var growth = period.GetProperty("growth");
        return $"{Name(period, zone)}: {growth.Rough("spent")} spent + {growth.Rough("level")} at the level of four weeks + growth {growth.Rough("calls")} by calls, "
            + $"{growth.Rough("tokens_per_call")} by tokens a call, {growth.Rough("price_per_token")} by price = {growth.Rough("expected")}";
    }

    private static IEnumerable<string> Evidence(JsonElement evidence, string currency)
    {
        // Costs are of the calls that say what another target would have taken. Where none does there is nothing to compare: zeros would read as "for free".
        yield return $"Resilience: {evidence.Count("fallback_calls")} of {evidence.Count("calls")} calls of 91 days fell back"
            + (IsKnown(evidence, "fell_back", "fell_back_primary")
                ? $"; they cost {evidence.Rough("fell_back")} {currency} instead of {evidence.Rough("fell_back_primary")}, {Band(evidence, "premium")} of spend"
                : "");
        yield return "Control: "
            + (IsKnown(evidence, "routed", "routed_default")
                ? $"calls of 28 days cost {evidence.Rough("routed")} {currency} instead of {evidence.Rough("routed_default")} by default, {Band(evidence, "saving")} of spend saved; "
                : "")
            + $"{evidence.Count("denied_calls")} calls of 28 days refused, with bounds of {evidence.Rough("denied_bound")} {currency}";
    }

    /// <summary>Whether any call says both: one of the two may well be zero, of a model that is for free.</summary>
    private static bool IsKnown(JsonElement evidence, string cost, string other) =>
        evidence.Amount(cost) is { Nanos: not 0 } || evidence.Amount(other) is { Nanos: not 0 };

    private static string Band(JsonElement evidence, string name)
    {
        var share = evidence.GetProperty(name);
        return $"{Percent(share, "middle")} ({Percent(share, "low")} to {Percent(share, "high")})";
    }

    private static string Percent(JsonElement share, string name) => share.GetProperty(name).GetDouble().ToString("0.0 %", CultureInfo.InvariantCulture);
}
