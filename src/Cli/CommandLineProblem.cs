using System.Collections.Frozen;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Platform.Cli;

/// <summary>What is wrong with a command line, as a user would say it: the parser's own messages name .NET types.</summary>
internal static partial class CommandLineProblem
{
    private const int MostElsewhere = 3;

    /// <summary>What other tools and the field call what a command here is about.</summary>
    internal static readonly FrozenDictionary<string, string> OtherWords = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["tokens"] = "kt keys", ["cost"] = "kt spend", ["costs"] = "kt spend", ["calls"] = "kt usage", ["requests"] = "kt usage", ["logs"] = "kt usage", ["bill"] = "kt reconcile", ["bills"] = "kt reconcile",
        ["invoice"] = "kt reconcile", ["invoices"] = "kt reconcile", ["models"] = "kt routes show", ["lanes"] = "kt routes show", ["webhooks"] = "kt alerts channels", ["status"] = "kt doctor", ["health"] = "kt doctor",
    }.ToFrozenDictionary();

    public static bool IsIn(ParseResult parsed) => parsed.Errors.Count > 0 || OptionsAmongArguments(parsed).Any();

    /// <summary>All that is wrong, one thing a line, and where to look.</summary>
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = Path(command);
        foreach (var problem in Unknown(parsed, command, path).Concat(parsed.Errors.Select(error => error.Message).Where(message => !IsOfUnknown(message)).Select(message => Describe(message, path))))
        {
            yield return problem;
        }

        yield return $"{path} --help says what there is.";
    }

    /// <summary>A word or an option that there is not, with what may have been meant; or that a command is missing.</summary>
    private static IEnumerable<string> Unknown(ParseResult parsed, Command command, string path)
    {
        List<string> words = [.. parsed.UnmatchedTokens, .. OptionsAmongArguments(parsed)];
        if (words.Count == 0)
        {
            return command.Subcommands.Count > 0 && command.Action is null ? [$"{path} needs a command: {string.Join(", ", command.Subcommands.Select(known => known.Name))}."] : [];
        }

        // Of a command that there is not nobody knows the options.
        if (command.Subcommands.Count > 0 && !words[0].StartsWith('-'))
        {
            return [$"There is no command '{path} {words[0]}'.{NearCommand(words[0], command, path)}"];
        }

        // The word behind an unknown option is its value, and says nothing more.
        var options = words.Where(word => word.StartsWith('-') && word.Length > 1).ToList();
        return options.Count > 0 ? options.Select(option => $"{path} has no option '{option}'.{NearOption(option, command)}") : [$"{path} takes no '{words[0]}'."];
    }

    /// <summary>
    /// Mistyped options that the parser took for what the command is about: as a wallet or a file of that name they would be looked for, and among several things those before
    /// them were done. Behind a -- stands what really begins so; a number may.
    /// </summary>
    private static IEnumerable<string> OptionsAmongArguments(ParseResult parsed) => parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? []
        : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .Where(word => word.StartsWith('-') && word.Length > 1 && !char.IsAsciiDigit(word[1]));

    /// <summary>
    /// What may have been meant. Who named the thing rightly, and no command of it, is told all of them; who named no thing, where a command of that name, or for that word, is.
    /// </summary>
    private static string NearCommand(string word, Command command, string path)
    {
        List<string> elsewhere = command.Parents.Any() ? [] : OtherWords.TryGetValue(word, out var other) ? [other] : [.. Named(word, command).Take(MostElsewhere)];
        if (elsewhere.Count > 0)
        {
            return Meant(elsewhere);
        }

        var names = command.Subcommands.Select(known => known.Name).ToList();
        var near = NearNames.Of(word, names).Select(name => $"{path} {name}").ToList();
        return near.Count > 0 || !command.Parents.Any() ? Meant(near) : $" There are {string.Join(", ", names)}.";
    }

    /// <summary>Commands of that name wherever they are: kt login is kt auth login.</summary>
    private static IEnumerable<string> Named(string word, Command among) =>
        among.Subcommands.SelectMany(known => (known.Name == word ? [Path(known)] : Array.Empty<string>()).Concat(Named(word, known)));

    private static string NearOption(string option, Command command) =>
        Meant([.. NearNames.Of(option.TrimStart('-'), command.Options.Select(known => known.Name.TrimStart('-'))).Select(name => $"--{name}")]);

    private static string Meant(List<string> names) => names.Count == 0 ? "" : $" Did you mean {string.Join(" or ", names)}?";

    /// <summary>As it is typed. The root's own name is that of the process.</summary>
    private static string Path(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : "kt";

    // The parser names the last word of the command only.
    private static string Describe(string message, string path) =>
        Missing().Match(message) is { Success: true } match ? $"{path} needs {match.Groups["name"].Value.ToUpperInvariant()}." : Describe(message);

    // Told above, with what may have been meant.
    private static bool IsOfUnknown(string message) =>
        message.StartsWith("Unrecognized command or argument", StringComparison.Ordinal) || message.StartsWith("Required command was not provided", StringComparison.Ordinal);

    public static string Describe(string message) =>
        WrongType().Match(message) is { Success: true } match
            ? $"{match.Groups["where"].Value}: '{match.Groups["text"].Value}' is not {Wanted(match.Groups["type"].Value)}."
            : message;

    private static string Wanted(string type) => type switch
    {
        _ when type.Contains("System.Int", StringComparison.Ordinal) => "a whole number (plain digits) in the range that is possible",
        _ when type.Contains("System.Decimal", StringComparison.Ordinal) || type.Contains("System.Double", StringComparison.Ordinal) => "a number such as 0.9",
        _ when type.Contains("System.Guid", StringComparison.Ordinal) => "an id such as 01a20b39-5b1c-7d2e-8f30-4a5b6c7d8e9f",
        _ when type.Contains("System.Boolean", StringComparison.Ordinal) => "true or false",
        _ when typeof(CommandLineProblem).Assembly.GetType(type) is { IsEnum: true } choice => $"one of {string.Join(", ", Enum.GetNames(choice).Select(name => name.ToLowerInvariant()))}",
        _ => "what this takes; --help says what is",
    };

    [GeneratedRegex("^Required argument '(?<name>[^']*)' missing for command")]
    private static partial Regex Missing();

    [GeneratedRegex("""^Cannot parse argument '(?<text>.*)' for (?:command|option) '(?<where>.*)' as expected type '(?<type>[^']*)'""", RegexOptions.Singleline)]
    private static partial Regex WrongType();
}
