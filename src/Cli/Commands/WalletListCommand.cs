using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets list</c>.</summary>
internal static class WalletListCommand
{
    private static readonly string[] Columns =
        ["wallet", "scope", "name", ">available", ">held", ">in suspense", ">total allocated", ">total spent", ">overage", "status"];

    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Text("--team", "Only this team's, its users' and its applications'.");
        var scope = CommonOptions.Text("--scope", "Only these, comma-separated: organisation, team, user, application.");
        var status = CommonOptions.Text("--status", "Only these, comma-separated: healthy, low, depleted.");
        var frozen = new Option<bool>("--frozen") { Description = "Only frozen ones." };
        var action = new Option<bool>("--needs-action") { Description = "Only those that are frozen, overdrawn, low, or have run out." };
        var search = CommonOptions.Text("--search", "What the id, the user's or application's id, or the name begins with.");
        var order = ChoiceOption.Create("--order", "id (the default: the organisation, then each team with its own), left (the emptiest first) or held (the most first).", "id", "left", "held");
        var page = new PageOptions();
        var output = CommonOptions.Output();
        return new Command("list", "Wallets, and the sums of all that the filters take.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/wallets",
                        [
                            ("team_id", parsed.GetValue(team)), ("scope", parsed.GetValue(scope)), ("status", parsed.GetValue(status)), ("frozen", parsed.GetValue(frozen) ? "true" : null),
                            ("needs_action", parsed.GetValue(action) ? "true" : null), ("search", parsed.GetValue(search)), ("order", parsed.GetValue(order)), .. page.Read(parsed), ("totals", "true"),
                        ]),
                    cancellation);
                if (!answer.RootElement.TryGetProperty("totals", out var sums) || sums.ValueKind != JsonValueKind.Object)
                {
                    throw new KtError(ExitCodes.Failed, "The platform is of an earlier version, which knows no filters and pages of wallets. Upgrade it, or use the kt of its version.");
                }

                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, (_, body) => Print(environment, printer, body));
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            team, scope, status, frozen, action, search, order, page.Limit, page.Page, output);
    }

    private static void Print(KtEnvironment environment, Printer printer, JsonElement body)
    {
        var wallets = body.GetProperty("wallets");
        var totals = body.GetProperty("totals");
        printer.List(
            Columns.In(wallets, "available", "held", "in suspense", "total allocated", "total spent", "overage"),
            wallets.EnumerateArray().Select(wallet => (IReadOnlyList<string>)
            [
                wallet.Text("wallet_id"), wallet.Text("scope"), wallet.Text("name"), wallet.Exact("balance"), wallet.Exact("reserved"),
                wallet.Exact("suspense"), wallet.Exact("total_allocated"), wallet.Exact("total_spent"), wallet.Exact("overage"), WalletShowCommand.Status(wallet),
            ]),
            [
                $"{totals.Count("wallets")} in all", "", "", totals.Exact("balance"), totals.Exact("reserved"), totals.Exact("suspense"), "", totals.Exact("total_spent"),
                totals.Exact("overage"), "",
            ]);
        if (totals.GetProperty("wallets").GetInt64() - wallets.GetArrayLength() is > 0 and var others)
        {
            environment.Error.WriteLine($"{others.ToString("#,##0", CultureInfo.InvariantCulture)} of them are not on this page.");
        }
    }
}
