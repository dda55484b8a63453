using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;

namespace Platform.Cli.Commands;

/// <summary>Which alerts a channel takes.</summary>
/// <param name="ofOneThatIs">Where an empty list takes all of them again.</param>
internal sealed class AlertFilterOptions(bool ofOneThatIs = false)
{
    private readonly Option<string?> _kinds = List(ofOneThatIs, "--kinds", "Only these, separated by commas, such as wallet_low,budget_threshold.");
    private readonly Option<string?> _teams = List(ofOneThatIs, "--teams", "Only alerts of these teams, separated by commas.");
    private readonly Option<string?> _severity = Severity();

    public IReadOnlyList<Symbol> All => [_kinds, _teams, _severity];

    /// <summary>The least severity that is taken.</summary>
    public static Option<string?> Severity() => ChoiceOption.Create("--severity", "At least: info, warning or critical.", "info", "warning", "critical");

    public void Write(Utf8JsonWriter body, ParseResult parsed)
    {
        WriteList(body, "kinds", parsed, _kinds);
        WriteList(body, "team_ids", parsed, _teams);
        body.WriteOptional("minimum_severity", parsed.GetValue(_severity));
    }

    private static Option<string?> List(bool isClearable, string name, string description) =>
        isClearable ? CommonOptions.Clearable(name, description + " Empty: all.") : CommonOptions.Text(name, description);

    private static void WriteList(Utf8JsonWriter body, string name, ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } values)
        {
            return;
        }

        body.WriteStartArray(name);
        foreach (var value in CommonOptions.Values(option.Name, values))
        {
            body.WriteStringValue(value);
        }

        body.WriteEndArray();
    }
}
