using System.CommandLine;

namespace Platform.Cli.Commands;

/// <summary>How a wallet is named on the command line.</summary>
internal static class WalletArguments
{
    public static Argument<string> Wallet() => new("wallet") { Description = "A wallet's id (kt wallets list), or a team's." };

    /// <summary>A team's id names the team's wallet.</summary>
    public static string Id(string text) => text.StartsWith("wal_", StringComparison.Ordinal) ? text : "wal_" + text;
}

/// <summary><c>--team</c> with <c>--user</c> or <c>--application</c>: whose wallet is meant.</summary>
internal sealed class OwnerOptions(string team, string user = "One of its users instead of the team itself.", string application = "One of its applications instead of the team itself.")
{
    public Option<string> Team { get; } = CommonOptions.Required("--team", team);

    public Option<string?> User { get; } = CommonOptions.Text("--user", user);

    public Option<string?> Application { get; } = CommonOptions.Text("--application", application);

    public void Write(ParseResult parsed, System.Text.Json.Utf8JsonWriter body)
    {
        body.WriteString("team_id", parsed.GetRequiredValue(Team));
        Api.JsonBody.WriteOptional(body, "user_id", parsed.GetValue(User));
        Api.JsonBody.WriteOptional(body, "application_id", parsed.GetValue(Application));
    }
}

/// <summary><c>--amount</c>, <c>--currency</c>, <c>--description</c>.</summary>
internal sealed class AmountOptions(string amount)
{
    public Option<Contracts.Money> Amount { get; } = AmountOption.Create("--amount", amount);

    public Option<string?> Currency { get; } = CurrencyOption.Create();

    public Option<string?> Description { get; } = CommonOptions.Text("--description", "What it is for.");

    /// <param name="currency">As <see cref="CurrencyOption.ReadAsync"/> has it.</param>
    public void Write(ParseResult parsed, System.Text.Json.Utf8JsonWriter body, string currency)
    {
        Api.JsonBody.WriteAmount(body, "amount", parsed.GetValue(Amount));
        body.WriteString("currency", currency);
        Api.JsonBody.WriteOptional(body, "description", parsed.GetValue(Description));
    }
}
