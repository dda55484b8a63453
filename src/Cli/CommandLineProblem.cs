using System.Text.RegularExpressions;

namespace Platform.Cli;

/// <summary>What is wrong with a command line, as a user would say it: the parser's own messages name .NET types.</summary>
internal static partial class CommandLineProblem
{
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

    [GeneratedRegex("""^Cannot parse argument '(?<text>.*)' for (?:command|option) '(?<where>.*)' as expected type '(?<type>[^']*)'""", RegexOptions.Singleline)]
    private static partial Regex WrongType();
}
