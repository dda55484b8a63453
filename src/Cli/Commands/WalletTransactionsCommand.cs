using System.CommandLine;
using System.Globalization;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets transactions WALLET</c>.</summary>
internal static class WalletTransactionsCommand
{
    private static readonly string[] Columns = ["recorded", "kind", ">amount", "from", "to", ">available after", "actor", "description", "attempt"];

    public static Command Create(KtEnvironment environment)
    {
        var wallet = WalletArguments.Wallet();
        var kind = CommonOptions.Text("--kind", "Only these kinds, comma-separated: top_up, allocation, settlement, refund and so on.");
        var from = DateOption.Moment("--from", "Recorded from then on: a date or a time.");
        var to = DateOption.Moment("--to", "Recorded before then.");
        var zone = CommonOptions.Text("--time-zone", "IANA name of the zone whose dates are meant; UTC by default.");
        var attempt = CommonOptions.Text("--attempt", "Only this attempt's (UUID).");
        var key = CommonOptions.Text("--idempotency-key", "Only what was asked for with this key: whether it has credited, allocated or moved.");
        var csv = new Option<bool>("--csv") { Description = "All of them as CSV instead of one page." };
        var limit = NumberOption.Create("--limit", "How many, 1 to 1,000.", 1, 1000, 50);
        var page = CommonOptions.Text("--page", "The page token that the page before named.");
        var output = CommonOptions.Output();
        var command = new Command("transactions", "A wallet's transfers, newest first.").Does(
            async (parsed, cancellation) =>
            {
                TimeOption.CheckRange(parsed, from, to);
                using var api = environment.Connect();
                var path = $"v1/wallets/{Uri.EscapeDataString(WalletArguments.Id(parsed.GetRequiredValue(wallet)))}/transactions";
                (string, string?)[] filters =
                [
                    ("kind", parsed.GetValue(kind)), ("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)), ("time_zone", parsed.GetValue(zone)),
                    ("attempt_id", parsed.GetValue(attempt)), ("idempotency_key", parsed.GetValue(key)),
                ];
                if (parsed.GetValue(csv))
                {
                    await using var stream = await api.OpenAsync(Query.Path(path, [.. filters, ("format", "csv")]), cancellation);
                    await CopyAsync(stream, environment.Out, cancellation);
                    return ExitCodes.Ok;
                }

                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path(
                        path,
                        [.. filters, ("page_size", parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture)), ("page_token", parsed.GetValue(page))]),
                    cancellation);
                Show(environment, environment.Printer(parsed.GetValue(output)), answer.RootElement);
                return ExitCodes.Ok;
            },
            wallet, kind, from, to, zone, attempt, key, csv, limit, page, output);
        command.Validators.Add(result =>
        {
            if (result.GetResult(csv) is { Implicit: false } && new Option[] { limit, page, output }.Any(option => result.GetResult(option) is { Implicit: false }))
            {
                result.AddError("--csv is all of them: leave --limit, --page and -o out.");
            }
        });
        return command;
    }

    internal static IReadOnlyList<string> Row(System.Text.Json.JsonElement transfer) =>
    [
        transfer.Time("recorded_at"), transfer.Text("kind") + Marks(transfer), transfer.Exact("amount"), transfer.Text("from_account"),
        transfer.Text("to_account"), transfer.Exact("balance_after"), transfer.Text("actor"), transfer.Text("description"), transfer.Text("attempt_id"),
    ];

    private static void Show(KtEnvironment environment, Printer printer, System.Text.Json.JsonElement answer)
    {
        if (printer.IsJson)
        {
            printer.Json(answer);
            return;
        }

        printer.List(Columns, answer.GetProperty("transactions").EnumerateArray().Select(Row));
        if (answer.Text("next_page_token") is { Length: > 0 } next)
        {
            environment.Error.WriteLine($"More: --page {next}");
        }
    }

    private static string Marks(System.Text.Json.JsonElement transfer) =>
        (transfer.Text("overflow") == "True" ? " (overflow)" : "") + (transfer.Text("observed") == "True" ? " (observed)" : "");

    private static async Task CopyAsync(Stream from, TextWriter to, CancellationToken cancellation)
    {
        using var reader = new StreamReader(from);
        var buffer = new char[16 * 1024];
        while (await reader.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
    }
}
