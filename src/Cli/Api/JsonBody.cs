using System.CommandLine;
using System.Text.Json;
using Platform.Contracts;

namespace Platform.Cli.Api;

internal static class JsonBody
{
    /// <summary>Leaves the field out when there is no value.</summary>
    public static void WriteOptional(this Utf8JsonWriter body, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            body.WriteString(name, value);
        }
    }

    /// <summary>The options that are given, under their names without the dashes; an empty text is given too, and clears.</summary>
    public static void WriteGiven(this Utf8JsonWriter body, ParseResult parsed, params ReadOnlySpan<Option<string?>> options)
    {
        foreach (var option in options)
        {
            if (parsed.GetValue(option) is { } value)
            {
                body.WriteString(option.Name.TrimStart('-').Replace('-', '_'), value);
            }
        }
    }

    /// <summary>An exact decimal number.</summary>
    public static void WriteAmount(this Utf8JsonWriter body, string name, Money amount)
    {
        body.WritePropertyName(name);
        body.WriteRawValue(amount.ToString(), skipInputValidation: true);
    }
}
