using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets statement WALLET</c>.</summary>
internal static class WalletStatementCommand
{
    private static readonly string[] Columns = ["recorded", "kind", ">amount", "from", "to", ">available after", "actor", "description"];

    // As the API names them, in the order in which people read them.
    private static readonly string[] In = ["top_ups", "allocations", "reclaims", "transfers", "corrections", "expiries", "refunds"];

    private static readonly string[] Out = ["allocations", "reclaims", "transfers", "corrections", "expiries", "spent"];

    public static Command Create(KtEnvironment environment)
    {
        var wallet = WalletArguments.Wallet();
        var period = DateOption.Period("--period", "A month (2026-06), quarter (2026-Q2), year (2026) or day (2026-06-15).");
        var from = DateOption.Moment("--from", "Instead of a period: a date or a time.");
        var to = DateOption.Moment("--to", "The end of that span, exclusive.");
        var zone = CommonOptions.Text("--time-zone", "IANA name of the zone whose calendar is meant; UTC by default.");
        var output = CommonOptions.Output();
        return new Command("statement", "What was there, came in, went out and was left in a period.").Does(
            async (parsed, cancellation) =>
            {
                TimeOption.CheckRange(parsed, from, to);
                if ((parsed.GetValue(period), parsed.GetValue(from), parsed.GetValue(to)) is not ((not null, null, null) or (null, not null, not null)))
                {
                    throw new KtError(ExitCodes.Usage, "Say of when: either --period 2026-06 (or 2026-Q2, 2026, 2026-06-15), or both --from and --to.");
                }

                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path(
                        $"v1/wallets/{Uri.EscapeDataString(WalletArguments.Id(parsed.GetRequiredValue(wallet)))}/statement",
                        ("period", parsed.GetValue(period)), ("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)), ("time_zone", parsed.GetValue(zone))),
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, (printer, statement) => Print(environment, printer, statement));
                return ExitCodes.Ok;
            },
            wallet, period, from, to, zone, output);
    }

    private static void Print(KtEnvironment environment, Printer printer, JsonElement statement)
    {
        printer.Line(
            $"{statement.Text("name")} ({statement.Text("wallet_id")}), {statement.Time("from")} to {statement.Time("to")} (exclusive), " +
            $"{statement.Text("currency")}{(statement.GetProperty("provisional").GetBoolean() ? ", provisional" : "")}");
        printer.Facts(
        [
            ("opening", Balance(statement.GetProperty("opening"))),
            .. Lines("+", statement.GetProperty("in"), In),
            .. Lines("-", statement.GetProperty("out"), Out),
            .. Line("+ spent beyond funding", statement, "overage"),
            .. Line("- repaid of that", statement, "repaid"),
            ("closing", Balance(statement.GetProperty("closing"))),
        ]);
        printer.List(Columns, statement.GetProperty("items").EnumerateArray().Select(item => (IReadOnlyList<string>)[.. WalletTransactionsCommand.Row(item).Take(Columns.Length)]));
        if (statement.GetProperty("items_left_out").GetInt64() is > 0 and var leftOut)
        {
            environment.Error.WriteLine(
                $"{leftOut:#,##0} later ones are not shown. All of this span: kt wallets transactions {statement.Text("wallet_id")} --from {statement.Text("from")} --to {statement.Text("to")} --csv");
        }
    }

    private static IEnumerable<(string Name, string Value)> Lines(string sign, JsonElement side, string[] names) =>
        names.SelectMany(name => Line($"{sign} {name.Replace('_', ' ')}", side, name));

    // A line of nothing is left out.
    private static IEnumerable<(string Name, string Value)> Line(string label, JsonElement row, string name) =>
        row.Amount(name) is { Nanos: not 0 } ? [(label, row.Exact(name))] : [];

    private static string Balance(JsonElement balance) =>
        $"{balance.Exact("total")} = {balance.Exact("balance")} available + {balance.Exact("set_aside")} held or in suspense" +
        (balance.Amount("overage") is { Nanos: not 0 } ? $"; {balance.Exact("overage")} spent beyond funding" : "");
}
