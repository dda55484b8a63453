using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Platform.Cli.Routes;

/// <summary>What a scalar of YAML 1.2's core schema stands for when it has no quotes (https://yaml.org/spec/1.2.2/#103-core-schema).</summary>
internal static partial class YamlScalar
{
    public static bool IsText(string plain) => !IsNull(plain) && plain is not ("true" or "True" or "TRUE" or "false" or "False" or "FALSE") && !NumberPattern().IsMatch(plain);

    public static void Write(Utf8JsonWriter json, string plain)
    {
        if (IsNull(plain))
        {
            json.WriteNullValue();
        }
        else if (IsText(plain))
        {
            json.WriteStringValue(plain);
        }
        else if (!NumberPattern().IsMatch(plain))
        {
            json.WriteBooleanValue(plain is "true" or "True" or "TRUE");
        }
        else if (long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            json.WriteNumberValue(whole);
        }
        else if (decimal.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact))
        {
            json.WriteNumberValue(exact);
        }
        else
        {
            json.WriteStringValue(plain);
        }
    }

    private static bool IsNull(string plain) => plain is "" or "~" or "null" or "Null" or "NULL";

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex NumberPattern();
}
