using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Commands;

/// <summary>A list of whole percentages on the command line, comma-separated; 'none' for an empty one.</summary>
internal static class PercentsOption
{
    public static Option<int[]?> Create(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Parse(name, result.Tokens.Count == 0 ? "" : result.Tokens[0].Value, result.AddError),
    };

    /// <summary>Leaves the field out when the option was not given: its value would read as an empty list, which takes all percentages away.</summary>
    public static void WritePercents(this Utf8JsonWriter body, string name, ParseResult parsed, Option<int[]?> option)
    {
        if (parsed.GetResult(option) is { Implicit: false })
        {
            body.WriteStartArray(name);
            Array.ForEach(parsed.GetRequiredValue(option)!, body.WriteNumberValue);
            body.WriteEndArray();
        }
    }

    private static int[]? Parse(string name, string text, Action<string> fail)
    {
        if (text == "none")
        {
            return [];
        }

        var percents = new List<int>();
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var percent))
            {
                fail($"{name}: '{text}' is not a list of whole percents such as 50,20,5.");
                return null;
            }

            percents.Add(percent);
        }

        return [.. percents];
    }
}
