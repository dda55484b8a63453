using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;

namespace Platform.Cli.Commands;

/// <summary>A rule's name, class and conditions on the command line.</summary>
internal sealed class WorkloadRuleOptions(bool workloadIsRequired)
{
    private readonly Option<string?> _workload = new("--workload")
    {
        Description = "The class that it gives: interactive, copilot, batch, evaluation or an own one.", Required = workloadIsRequired,
    };

    private readonly Option<int?> _position = NumberOption.Optional("--position", "Its place, from 1. Default: keeps its place, or comes last.", 1);

    private readonly Option<string?>[] _conditions =
    [
        CommonOptions.Text("--team", "Only these teams, comma-separated."), CommonOptions.Text("--user", "Only these users, comma-separated."),
        CommonOptions.Text("--application", "Only these applications, comma-separated."), CommonOptions.Text("--key", "Only these keys (key_id), comma-separated."),
        CommonOptions.Text("--provider", "Only these providers, comma-separated."), CommonOptions.Text("--model", "Only these models, as they ran, comma-separated."),
        CommonOptions.Text("--lane", "Only these lanes, comma-separated."),
    ];

    private readonly Option<string[]> _tag = UsageCommand.Tag();
    private readonly Option<long?> _least = NumberOption.Count("--min-input-tokens", "Only calls with at least so many tokens in.");
    private readonly Option<long?> _most = NumberOption.Count("--max-input-tokens", "Only calls with at most so many tokens in.");

    public Argument<string> Name { get; } = new("name") { Description = "The rule's name: lower-case letters, digits, '_' and '-', beginning with a letter." };

    public IEnumerable<Symbol> All => [Name, _workload, _position, .. _conditions, _tag, _least, _most];

    public void Write(Utf8JsonWriter body, ParseResult parsed)
    {
        body.WriteOptional("workload", parsed.GetValue(_workload));
        if (parsed.GetValue(_position) is { } position)
        {
            body.WriteNumber("position", position);
        }

        foreach (var option in _conditions.Where(option => parsed.GetValue(option) is not null))
        {
            body.WriteStartArray(option.Name.TrimStart('-'));
            foreach (var value in CommonOptions.Values(option.Name, parsed.GetValue(option)!))
            {
                body.WriteStringValue(value);
            }

            body.WriteEndArray();
        }

        WriteTags(body, [.. TagOption.Read(parsed, _tag)]);
        WriteBound(body, "min_input_tokens", parsed.GetValue(_least));
        WriteBound(body, "max_input_tokens", parsed.GetValue(_most));
    }

    private static void WriteTags(Utf8JsonWriter body, (string Name, string Value)[] tags)
    {
        if (tags.Length == 0)
        {
            return;
        }

        body.WriteStartObject("tags");
        foreach (var (name, value) in tags)
        {
            body.WriteString(name, value);
        }

        body.WriteEndObject();
    }

    private static void WriteBound(Utf8JsonWriter body, string name, long? value)
    {
        if (value is { } bound)
        {
            body.WriteNumber(name, bound);
        }
    }
}
