using System.CommandLine;
using System.Text.Json;

namespace Platform.Cli.Commands;

/// <summary>An option that is on or off, or left as it is.</summary>
internal static class SwitchOption
{
    public static Option<string?> Create(string name, string description) => ChoiceOption.Create(name, description, "on", "off");

    /// <summary>Leaves the field out when the option was not given.</summary>
    public static void WriteSwitch(this Utf8JsonWriter body, string name, string? value)
    {
        if (value is not null)
        {
            body.WriteBoolean(name, value == "on");
        }
    }
}
