using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets list|allocate|credit|transactions|policy|freeze|unfreeze|verify|suspense</c>.</summary>
internal static class WalletsCommand
{
    private static readonly string[] Columns =
        ["wallet", "scope", "name", ">balance", ">reserved", ">suspense", ">total allocated", ">total spent", ">overage", "status"];

    public static Command Create(KtEnvironment environment) => new("wallets", "Hard ceilings: what teams may spend.")
    {
        List(environment),
        Allocate(environment),
        Credit(environment),
        WalletTransactionsCommand.Create(environment),
        WalletPolicyCommand.CreatePolicy(environment),
        WalletPolicyCommand.CreateFreeze(environment),
        WalletPolicyCommand.CreateUnfreeze(environment),
        Verify(environment),
        WalletSuspenseCommand.Create(environment),
    };

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "All wallets: the organisation's first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/wallets", cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.Table(Columns, answer.RootElement.GetProperty("wallets").EnumerateArray().Select(wallet => (IReadOnlyList<string>)
                [
                    wallet.Text("wallet_id"), wallet.Text("scope"), wallet.Text("name"), wallet.Rough("balance"), wallet.Rough("reserved"),
                    wallet.Rough("suspense"), wallet.Rough("total_allocated"), wallet.Rough("total_spent"), wallet.Rough("overage"),
                    Show.Title(wallet.Text("status")),
                ]));
                return ExitCodes.Ok;
            },
            output);
    }

    private static Command Allocate(KtEnvironment environment)
    {
        var team = CommonOptions.Required("--team", "The team that gets the money.");
        var amount = AmountOption.Create("--amount", "How much, for example 1500.00.");
        var currency = new Option<string>("--currency") { Description = "The organisation's currency.", DefaultValueFactory = _ => "USD" };
        var description = CommonOptions.Text("--description", "What it is for.");
        var output = CommonOptions.Output();
        return new Command("allocate", "Move money from the organisation's wallet to a team's.").Does(
            (parsed, cancellation) => TransferAsync(
                environment, parsed.GetValue(output), "v1/wallets/allocate",
                body =>
                {
                    body.WriteString("team_id", parsed.GetRequiredValue(team));
                    body.WriteAmount("amount", parsed.GetValue(amount));
                    body.WriteString("currency", parsed.GetRequiredValue(currency));
                    body.WriteOptional("description", parsed.GetValue(description));
                },
                cancellation),
            team, amount, currency, description, output);
    }

    private static Command Credit(KtEnvironment environment)
    {
        var amount = AmountOption.Create("--amount", "How much, for example 10000.00.");
        var currency = new Option<string>("--currency") { Description = "The organisation's currency.", DefaultValueFactory = _ => "USD" };
        var description = CommonOptions.Text("--description", "What it is.");
        var reference = CommonOptions.Text("--reference", "Where the money comes from: a purchase order, an invoice.");
        var output = CommonOptions.Output();
        return new Command("credit", "Bring money from outside into the organisation's wallet.").Does(
            (parsed, cancellation) => TransferAsync(
                environment, parsed.GetValue(output), "v1/wallets/credit",
                body =>
                {
                    body.WriteAmount("amount", parsed.GetValue(amount));
                    body.WriteString("currency", parsed.GetRequiredValue(currency));
                    body.WriteOptional("description", parsed.GetValue(description));
                    body.WriteOptional("reference", parsed.GetValue(reference));
                },
                cancellation),
            amount, currency, description, reference, output);
    }

    private static async Task<int> TransferAsync(
        KtEnvironment environment, OutputFormat format, string path, Action<System.Text.Json.Utf8JsonWriter> write, CancellationToken cancellation)
    {
        using var api = environment.Connect();
        using var answer = await api.PostAsync(path, write, cancellation);
        var printer = environment.Printer(format);
        if (printer.IsJson)
        {
            printer.Json(answer.RootElement);
            return ExitCodes.Ok;
        }

        var transfer = answer.RootElement;
        printer.Facts(
        [
            ("wallet", transfer.Text("wallet_id")),
            (transfer.Text("kind"), $"{transfer.Exact("amount")} {transfer.Text("currency")}"),
            ("balance", $"{transfer.Exact("balance_before")} → {transfer.Exact("balance_after")}"),
            ("transfer", transfer.Text("transfer_id")),
        ]);
        return ExitCodes.Ok;
    }

    private static Command Verify(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("verify", "Derive every balance from its entries; exit code 1 when anything is off.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/wallets/verify", cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                var body = answer.RootElement;
                if (printer.IsJson)
                {
                    printer.Json(body);
                }
                else
                {
                    printer.Facts([("wallets", body.Count("wallets")), ("entries", body.Count("entries")), ("consistent", body.GetProperty("consistent").GetBoolean() ? "yes" : "NO")]);
                    foreach (var finding in body.GetProperty("findings").EnumerateArray())
                    {
                        printer.Line(finding.GetString()!);
                    }
                }

                return body.GetProperty("consistent").GetBoolean() ? ExitCodes.Ok : ExitCodes.Failed;
            },
            output);
    }
}
