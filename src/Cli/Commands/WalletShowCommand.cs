using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets show WALLET</c>.</summary>
internal static class WalletShowCommand
{
    private static readonly string[] Parts = ["balance", "reserved", "suspense", "total_allocated", "total_spent", "overage"];

    public static Command Create(KtEnvironment environment)
    {
        var wallet = WalletArguments.Wallet();
        var output = CommonOptions.Output();
        return new Command("show", "One wallet: balances, how fast it is spent, what is planned for it.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    $"v1/wallets/{Uri.EscapeDataString(WalletArguments.Id(parsed.GetRequiredValue(wallet)))}", cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            wallet, output);
    }

    /// <summary>As people know it, with what changes its meaning.</summary>
    internal static string Status(JsonElement wallet) =>
        (IsUnfunded(wallet) ? "Not funded" : Show.Title(wallet.Text("status"))) + (Is(wallet, "frozen") ? ", FROZEN" : "") + (Is(wallet, "observe") ? ", OBSERVES ONLY" : "");

    private static void Print(Printer printer, JsonElement answer)
    {
        var (wallet, rate) = (answer.GetProperty("wallet"), answer.GetProperty("burn_rate"));
        var tree = answer.TryGetProperty("tree_burn_rate", out var below) && below.ValueKind == JsonValueKind.Object;
        printer.Facts(
        [
            ("wallet", $"{wallet.Text("wallet_id")} ({wallet.Text("name")}, {wallet.Text("scope")})"),
            ("status", Status(wallet)),
            ("available", $"{wallet.Exact("balance")} {wallet.Text("currency")}"),
            ("held", wallet.Exact("reserved")),
            ("in suspense", wallet.Exact("suspense")),
            ("total allocated", $"{wallet.Exact("total_allocated")}, {wallet.Exact("moved_out")} of it moved to wallets below"),
            ("total spent", wallet.Exact("total_spent")),
            ("overage", wallet.Exact("overage")),
            .. WalletPolicyCommand.WhenLow(wallet),
            (tree ? "its own burn rate" : "burn rate", Pace(rate)),
            (tree ? "its own lasts" : "lasts", Outlook(rate)),
            .. tree ? new (string, string)[] { ("with all below", Pace(below)), ("all lasts", Outlook(below)) } : [],
            .. wallet.Text("team_id") is { Length: > 0 } team ? new (string, string)[] { ("futures", $"kt forecast --layers --team {team}") } : [],
            .. answer.GetProperty("planned").EnumerateArray().Select(planned =>
                ("planned", $"{planned.Exact("amount")} {(Is(planned, "waiting") ? "waiting since " : "on ")}{planned.Time("due_at")}")),
        ]);
    }

    /// <summary>Nobody has put money into it, or all was taken back before any was spent: it is empty, and did not run out.</summary>
    internal static bool IsUnfunded(JsonElement wallet) => Parts.All(name => wallet.Amount(name) is { Nanos: 0 });

    /// <summary>Whether one of these is true of it.</summary>
    internal static bool IsSet(JsonElement wallet, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Is(wallet, name))
            {
                return true;
            }
        }

        return false;
    }

    private static string Pace(JsonElement rate) =>
        $"{rate.Rough("daily")} a day ({rate.Rough("last_day")} in the last day, {rate.Rough("last_7_days")} in 7, {rate.Rough("last_30_days")} in 30)";

    private static string Outlook(JsonElement rate) => rate.Text("outlook") switch
    {
        "depleted" => "nothing is left",
        "not_at_this_rate" => "not running out at this rate",
        "beyond_ten_years" => "longer than ten years at this rate",
        _ => $"until {rate.Time("depletes_at")} at this rate",
    };

    private static bool Is(JsonElement row, string name) => row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
