using System.CommandLine;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary>Options that mean the same on every command.</summary>
internal static class CommonOptions
{
    public static Option<OutputFormat> Output() => new("--output", "-o")
    {
        Description = "table (the default) for people, json (the API's own answer) for machines.",
        HelpName = Choices<OutputFormat>(),
    };

    /// <summary>An enum's values as they are written on the command line, for help.</summary>
    public static string Choices<T>()
        where T : struct, Enum => string.Join('|', Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));

    public static Option<string?> Team() => new("--team") { Description = "Only this team (its team_id)." };

    public static Option<string?> Text(string name, string description) => new(name) { Description = description };

    public static Option<string> Required(string name, string description) => new(name) { Description = description, Required = true };

    /// <summary>Wires a command's options and what it does; its answer is the exit code.</summary>
    public static Command Does(this Command command, Func<ParseResult, CancellationToken, Task<int>> action, params ReadOnlySpan<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
            {
                command.Options.Add(option);
            }
            else
            {
                command.Arguments.Add((Argument)symbol);
            }
        }

        command.SetAction(action);
        return command;
    }
}
