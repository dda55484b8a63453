using System.CommandLine;
using System.CommandLine.Parsing;
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

    /// <summary>A text that a given empty one takes away.</summary>
    public static Option<string?> Clearable(string name, string description) => new ClearableOption(name) { Description = description };

    /// <summary>The values of a comma-separated list.</summary>
    /// <exception cref="KtError">There is none in it, though it is not empty: it would read as no list, or as one that takes all.</exception>
    public static string[] Values(string name, string text)
    {
        var values = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return values.Length > 0 || text.Length == 0 ? values : throw new KtError(ExitCodes.Usage, $"{name} '{text}' has no value in it.");
    }

    /// <summary>
    /// Wires a command's options and what it does; its answer is the exit code. A text that is given but empty is refused, unless it clears: it is a script's variable that
    /// was not set, and taken for absent it would name another wallet, all teams or no end.
    /// </summary>
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

        command.Validators.Add(RefuseEmptyTexts);
        command.SetAction(action);
        return command;
    }

    /// <summary>Refuses the command where none of these options is given: it would tell a change of nothing as one that was made.</summary>
    /// <param name="shows">The command that shows what there is to change.</param>
    public static Command RequireChange(this Command command, string shows, params ReadOnlySpan<Option> options)
    {
        Option[] all = [.. options];
        command.Validators.Add(result =>
        {
            if (all.All(option => result.GetResult(option) is null or { Implicit: true }))
            {
                result.AddError($"Say what to change: {string.Join(", ", all[..^1].Select(option => option.Name))} or {all[^1].Name}. {shows} shows what is.");
            }
        });
        return command;
    }

    private static void RefuseEmptyTexts(CommandResult result)
    {
        var options = result.Command.Options.Where(option => IsText(option.ValueType) && option is not ClearableOption).Select(option => (option.Name, result.GetResult(option)?.Tokens));
        var arguments = result.Command.Arguments.Where(argument => IsText(argument.ValueType)).Select(argument => (argument.Name, result.GetResult(argument)?.Tokens));
        foreach (var (name, _) in options.Concat(arguments).Where(given => given.Tokens?.Any(token => token.Value.Length == 0) is true))
        {
            result.AddError($"{name} is empty: give it a value or leave it out. Is a variable of the script not set?");
        }
    }

    private static bool IsText(Type type) => type == typeof(string) || type == typeof(string[]);

    private sealed class ClearableOption(string name) : Option<string?>(name);
}
