using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Output;

/// <summary>The layered forecast for people.</summary>
internal static class LayerTables
{
    private const int WalletsShown = 20;
    private const double OneInTen = 0.1;

    private static readonly string[] Funds =
        [">available", ">spent by month's end", ">by the next", "spent by (P10)", "(P50)", "(P90)", ">needed this month", ">next month", ">missing"];

    /// <param name="month">yyyy-MM; null for the periods.</param>
    public static void Print(Printer printer, JsonElement forecast, string? month)
    {
        var periods = forecast.GetProperty(month is null ? "periods" : "months").EnumerateArray()
            .Where(period => month is null || period.Time("period_start").StartsWith(month, StringComparison.Ordinal)).ToList();
        if (periods.Count == 0)
        {
            throw new KtError(ExitCodes.Usage, $"--month {month} is none of the months that are forecast: the current one and the twelve after it.");
        }

        printer.Line($"Forecast of {Show.OrAll(forecast.Text("team_id"), "the organisation")} by layer, {forecast.Text("currency")}; expected figures add up, quantiles do not");
        printer.Table(
            ["period", "layer", ">to date", ">expected", ">P10", ">P50", ">P90"],
            periods.SelectMany(period => period.GetProperty("layers").EnumerateArray().Select((layer, place) => (IReadOnlyList<string>)
            [
                place == 0 ? Name(period) : "", layer.Text("layer"), layer.Rough("to_date"), layer.Rough("expected"), layer.Rough("p10"), layer.Rough("p50"), layer.Rough("p90"),
            ])));
        printer.Line(Growth(periods[0]));
        PrintReasons(printer, forecast);
        PrintMoney(printer, forecast);
    }

    /// <summary>What the layers rest on, and what they leave out.</summary>
    public static void PrintReasons(Printer printer, JsonElement forecast)
    {
        foreach (var line in Evidence(forecast.GetProperty("evidence"), forecast.Text("currency")).Concat(forecast.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!)))
        {
            printer.Line(line);
        }
    }

    private static void PrintMoney(Printer printer, JsonElement forecast)
    {
        printer.Table(
            ["money of", .. Funds], forecast.GetProperty("funds").EnumerateArray().Select(funds => FundsRow(Show.OrAll(funds.Text("team_id"), "the organisation"), funds)));
        foreach (var funds in forecast.GetProperty("funds").EnumerateArray().Where(funds => funds.Amount("refused_next_month") is { Nanos: > 0 } || funds.Amount("refused_this_month") is { Nanos: > 0 }))
        {
            printer.Line($"Refused for want of money, and in no need above: {Show.OrAll(funds.Text("team_id"), "the organisation")}, {funds.Rough("refused_this_month")} expected of the rest of this month, "
                + $"{funds.Rough("refused_next_month")} of the next; a call that is tried again counts each time");
        }

        PrintWallets(printer, forecast.Text("team_id"), forecast.GetProperty("wallets").EnumerateArray().ToList());
        var budgets = forecast.GetProperty("budgets").EnumerateArray().ToList();
        if (budgets.Count > 0)
        {
            printer.Table(
                ["budget", ">amount", ">spent", "ends", ">crossed in", "half crossed by", "as early as", "note"],
                budgets.Select(budget => (IReadOnlyList<string>)
                [
                    budget.Text("budget_id"), budget.Rough("amount"), budget.Rough("spent"), Day(budget, "period_end"),
                    budget.GetProperty("crossing").ValueKind == JsonValueKind.Null ? "–" : Percent(budget, "crossing"), Day(budget, "expected"), Day(budget, "early"), budget.Text("note"),
                ]));
        }
    }

    /// <summary>Of a team all; of the organisation those that are likeliest to run out.</summary>
    private static void PrintWallets(Printer printer, string team, List<JsonElement> wallets)
    {
        if (team.Length > 0 && wallets.Count > 1)
        {
            printer.Line($"Its wallets, each by itself; in every future they come to what {team} spends");
            printer.Table(["wallet", .. Funds, "note"], wallets.Select(wallet => (IReadOnlyList<string>)
                [.. FundsRow(wallet.Text("wallet_id"), wallet.GetProperty("funds")), wallet.Text("note")]));
        }

        if (team.Length == 0 && wallets.Count > 0)
        {
            var atRisk = wallets.Where(wallet => NextMonth(wallet) >= OneInTen).OrderByDescending(NextMonth).ToList();
            printer.Line($"Wallets, each by itself: {Number(atRisk.Count)} of {Number(wallets.Count)} are spent before the end of next month in one future of ten or more"
                + (atRisk.Count > WalletsShown ? $"; the {Number(WalletsShown)} likeliest (-o json has all)" : ""));
            printer.Table(["wallet", "team", .. Funds], atRisk.Take(WalletsShown).Select(wallet => (IReadOnlyList<string>)
                [wallet.Text("wallet_id"), .. FundsRow(wallet.GetProperty("funds").Text("team_id"), wallet.GetProperty("funds"))]));
        }
    }

    private static double NextMonth(JsonElement wallet) => wallet.GetProperty("funds").GetProperty("exhausted_next_month").GetDouble();

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static IReadOnlyList<string> FundsRow(string whose, JsonElement funds) =>
    [
        whose, funds.Rough("available"), Percent(funds, "exhausted_this_month"), Percent(funds, "exhausted_next_month"),
        Day(funds, "early"), Day(funds, "expected"), Day(funds, "late"), funds.Rough("needed_this_month"), funds.Rough("needed_next_month"), funds.Rough("missing"),
    ];

    private static string Day(JsonElement row, string name) => row.Time(name) is { Length: > 10 } time ? time[..10] : "–";

    private static string Name(JsonElement period) => period.Text("kind") is { Length: > 0 } kind ? Show.Title(kind) : period.Time("period_start")[..7];

    private static string Growth(JsonElement period)
    {
        var growth = period.GetProperty("growth");
        return $"{Name(period)}: {growth.Rough("spent")} spent + {growth.Rough("level")} at the level of four weeks + growth {growth.Rough("calls")} by calls, "
            + $"{growth.Rough("tokens_per_call")} by tokens a call, {growth.Rough("price_per_token")} by price = {growth.Rough("expected")}";
    }

    private static IEnumerable<string> Evidence(JsonElement evidence, string currency)
    {
        yield return $"Resilience: {evidence.Count("fallback_calls")} of {evidence.Count("calls")} calls of 91 days fell back; they cost {evidence.Rough("fell_back")} {currency} instead of "
            + $"{evidence.Rough("fell_back_primary")}, {Band(evidence, "premium")} of spend";
        yield return $"Control: calls of 28 days cost {evidence.Rough("routed")} {currency} instead of {evidence.Rough("routed_default")} by default, {Band(evidence, "saving")} of spend saved; "
            + $"{evidence.Count("denied_calls")} refused, with bounds of {evidence.Rough("denied_bound")}";
    }

    private static string Band(JsonElement evidence, string name)
    {
        var share = evidence.GetProperty(name);
        return $"{Percent(share, "middle")} ({Percent(share, "low")} to {Percent(share, "high")})";
    }

    private static string Percent(JsonElement share, string name) => share.GetProperty(name).GetDouble().ToString("0.0 %", CultureInfo.InvariantCulture);
}
