using System.CommandLine;
using System.Globalization;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets transactions WALLET</c>.</summary>
internal static class WalletTransactionsCommand
{
    private static readonly string[] Columns = ["recorded", "kind", ">amount", "from", "to", ">balance after", "actor", "description", "attempt"];

    public static Command Create(KtEnvironment environment)
    {
        var wallet = new Argument<string>("wallet") { Description = "wal_organisation, wal_TEAM, or a team's id." };
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 1,000.", DefaultValueFactory = _ => 50 };
        var page = CommonOptions.Text("--page", "The page token that the page before named.");
        var output = CommonOptions.Output();
        return new Command("transactions", "A wallet's transfers, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var id = parsed.GetRequiredValue(wallet);
                id = id.StartsWith("wal_", StringComparison.Ordinal) ? id : "wal_" + id;
                using var answer = await api.GetAsync(
                    Query.Path(
                        $"v1/wallets/{Uri.EscapeDataString(id)}/transactions",
                        ("page_size", parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture)), ("page_token", parsed.GetValue(page))),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.Table(Columns, answer.RootElement.GetProperty("transactions").EnumerateArray().Select(transfer => (IReadOnlyList<string>)
                [
                    transfer.Time("recorded_at"), transfer.Text("kind"), transfer.Exact("amount"), transfer.Text("from_account"), transfer.Text("to_account"),
                    transfer.Exact("balance_after"), transfer.Text("actor"), transfer.Text("description"), transfer.Text("attempt_id"),
                ]));
                if (answer.RootElement.Text("next_page_token") is { Length: > 0 } next)
                {
                    environment.Error.WriteLine($"More: --page {next}");
                }

                return ExitCodes.Ok;
            },
            wallet, limit, page, output);
    }
}
