using System.CommandLine;

namespace Platform.Cli.Commands;

/// <summary><c>--tag NAME=VALUE</c>, given again for more.</summary>
internal static class TagOption
{
    public static Option<string[]> Create(string description) => new("--tag") { Description = description, DefaultValueFactory = _ => [] };

    /// <exception cref="KtError">One of them is not NAME=VALUE.</exception>
    public static IEnumerable<(string Name, string Value)> Read(ParseResult parsed, Option<string[]> option) => parsed.GetRequiredValue(option).Select(Split);

    private static (string Name, string Value) Split(string tag)
    {
        var at = tag.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? (tag[..at], tag[(at + 1)..]) : throw new KtError(ExitCodes.Usage, $"--tag '{tag}' must be name=value.");
    }
}
