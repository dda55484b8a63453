using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;

namespace Platform.Cli.Commands;

/// <summary>Which alerts a channel takes.</summary>
internal sealed class AlertFilterOptions
{
    private readonly Option<string?> _kinds = CommonOptions.Text("--kinds", "Only these, separated by commas, such as wallet_low,budget_threshold.");
    private readonly Option<string?> _teams = CommonOptions.Text("--teams", "Only alerts of these teams, separated by commas.");
    private readonly Option<string?> _severity = CommonOptions.Text("--severity", "At least: info, warning or critical.");

    public IReadOnlyList<Symbol> All => [_kinds, _teams, _severity];

    public void Write(Utf8JsonWriter body, ParseResult parsed)
    {
        WriteList(body, "kinds", parsed.GetValue(_kinds));
        WriteList(body, "team_ids", parsed.GetValue(_teams));
        body.WriteOptional("minimum_severity", parsed.GetValue(_severity));
    }

    private static void WriteList(Utf8JsonWriter body, string name, string? values)
    {
        if (values is null)
        {
            return;
        }

        body.WriteStartArray(name);
        foreach (var value in values.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            body.WriteStringValue(value);
        }

        body.WriteEndArray();
    }
}
