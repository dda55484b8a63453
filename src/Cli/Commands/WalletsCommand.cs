using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary>
/// <c>kt wallets list|show|create|credit|allocate|reclaim|transfer|correct|allocations|transactions|statement|policy|freeze|unfreeze|verify|suspense</c>.
/// </summary>
internal static class WalletsCommand
{
    public static Command Create(KtEnvironment environment) => new("wallets", "Hard ceilings: what teams, users and applications may spend.")
    {
        WalletListCommand.Create(environment),
        WalletShowCommand.Create(environment),
        CreateWallet(environment),
        WalletFundsCommand.Credit(environment),
        WalletFundsCommand.Allocate(environment),
        WalletFundsCommand.Reclaim(environment),
        WalletFundsCommand.Transfer(environment),
        WalletFundsCommand.Correct(environment),
        WalletAllocationsCommand.Create(environment),
        WalletTransactionsCommand.Create(environment),
        WalletStatementCommand.Create(environment),
        WalletPolicyCommand.CreatePolicy(environment),
        WalletPolicyCommand.CreateFreeze(environment),
        WalletPolicyCommand.CreateUnfreeze(environment),
        Verify(environment),
        WalletSuspenseCommand.Create(environment),
    };

    private static Command CreateWallet(KtEnvironment environment)
    {
        var owner = new OwnerOptions("The team that the user or application belongs to.", "The user whose wallet it is.", "Or the application whose wallet it is.");
        var name = CommonOptions.Text("--name", "Shown in lists; the id by default.");
        var output = CommonOptions.Output();
        var command = new Command("create", "Make the empty wallet of a user or an application; its calls are charged to it from then on.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/wallets",
                    body =>
                    {
                        owner.Write(parsed, body);
                        body.WriteOptional("name", parsed.GetValue(name));
                    },
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () => printer.Facts([("wallet", answer.RootElement.Text("wallet_id")), ("name", answer.RootElement.Text("name"))]));

                return ExitCodes.Ok;
            },
            owner.Team, owner.User, owner.Application, name, output);
        command.Validators.Add(result =>
        {
            if (result.GetResult(owner.User) is null == result.GetResult(owner.Application) is null)
            {
                result.AddError("Give one of --user and --application: a team has its wallet from its beginning.");
            }
        });
        return command;
    }

    private static Command Verify(KtEnvironment environment)
    {
        var newOnly = new Option<bool>("--new-entries-only") { Description = "Only what the service has not verified yet, and all balances." };
        var output = CommonOptions.Output();
        return new Command("verify", "Derive every balance from its entries; exit code 1 when anything is off.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path("v1/wallets/verify", ("new_entries_only", parsed.GetValue(newOnly) ? "true" : null)), cancellation);
                Print(environment.Printer(parsed.GetValue(output)), answer.RootElement);
                return answer.RootElement.GetProperty("consistent").GetBoolean() ? ExitCodes.Ok : ExitCodes.Failed;
            },
            newOnly, output);
    }

    private static void Print(Printer printer, JsonElement body)
    {
        if (printer.IsJson)
        {
            printer.Json(body);
            return;
        }

        printer.Facts(
        [
            ("wallets", body.Count("wallets")), ("entries", body.Count("entries")), ("consistent", body.GetProperty("consistent").GetBoolean() ? "yes" : "NO"),
        ]);
        foreach (var finding in body.GetProperty("findings").EnumerateArray())
        {
            printer.Line(finding.GetString()!);
        }
    }
}
