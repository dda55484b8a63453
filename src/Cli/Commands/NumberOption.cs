using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Platform.Cli.Commands;

/// <summary>A whole number on the command line, within a range that is told when it is missed.</summary>
internal static class NumberOption
{
    /// <summary>One with a default.</summary>
    public static Option<int> Create(string name, string description, int least, int most, int otherwise) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Parse(name, result, least, most) ?? otherwise,
    };

    /// <summary>One that may be left out; null then.</summary>
    public static Option<int?> Optional(string name, string description, int least, int most = int.MaxValue) => new(name)
    {
        Description = description,
        CustomParser = result => Parse(name, result, least, most),
    };

    /// <summary>A number of things, which may be great, that may be left out; null then.</summary>
    public static Option<long?> Count(string name, string description, long least = 0) => new(name)
    {
        Description = description,
        CustomParser = result => Count(name, result, least),
    };

    /// <summary>One that a command needs.</summary>
    public static Option<long> RequiredCount(string name, string description) => new(name)
    {
        Description = description,
        Required = true,
        CustomParser = result => Count(name, result, least: 0) ?? 0,
    };

    private static long? Count(string name, ArgumentResult result, long least)
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least)
        {
            return number;
        }

        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name}: '{text}' is not a whole number of {least:#,##0} or more."));
        return null;
    }

    private static int? Parse(string name, ArgumentResult result, int least, int most)
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        var range = most == int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"of {least:#,##0} or more")
            : string.Create(CultureInfo.InvariantCulture, $"from {least:#,##0} to {most:#,##0}");
        result.AddError($"{name}: '{text}' is not a whole number {range}.");
        return null;
    }
}
