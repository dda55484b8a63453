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

    /// <summary>An exact decimal number.</summary>
    public static void WriteAmount(this Utf8JsonWriter body, string name, Money amount)
    {
        body.WritePropertyName(name);
        body.WriteRawValue(amount.ToString(), skipInputValidation: true);
    }
}
