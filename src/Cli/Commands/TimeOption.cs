using System.CommandLine;
using System.Globalization;

namespace Platform.Cli.Commands;

/// <summary>Options that carry a moment or a length; what is neither ends with the exit code of a wrong command line.</summary>
internal static class TimeOption
{
    // Those with a blank are how kt prints times, and how people write them.
    private static readonly string[] Forms = ["yyyy-MM-dd", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ssK"];

    /// <summary>A date or time as the API's bodies take it, UTC where no zone is given; null when absent.</summary>
    public static string? Read(ParseResult parsed, Option<string?> option) =>
        Moment(option.Name, parsed.GetValue(option)) is { } moment ? Text(moment) : null;

    /// <summary>A time as the API's bodies take it.</summary>
    /// <param name="moment">In UTC.</param>
    public static string Text(DateTimeOffset moment) => moment.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>A date or time of the years 2000 to 2199, in UTC; null when absent.</summary>
    public static DateTimeOffset? Moment(string name, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return TryMoment(text, out var moment) ? moment : throw new KtError(ExitCodes.Usage, Problem(name, text)!);
    }

    /// <summary>What is wrong with a text that is to be a date or a time; null: nothing.</summary>
    public static string? Problem(string name, string text) =>
        TryMoment(text, out _) ? null : $"{name} '{text}' is not a date (2026-06-01) or time (2026-06-01T13:00:00Z) of the years {Years.First} to {Years.Last}.";

    /// <summary>A day of the years 2000 to 2199, as <c>2026-06-01</c>.</summary>
    public static bool TryDay(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && Years.Hold(day.Year);

    /// <summary>Checks the ends of a range that the API reads in a zone of its own choice.</summary>
    /// <exception cref="KtError">One is no date or time, or the range ends before it begins or is empty.</exception>
    public static void CheckRange(ParseResult parsed, Option<string?> from, Option<string?> to)
    {
        var (begin, end) = (Moment(from.Name, parsed.GetValue(from)), Moment(to.Name, parsed.GetValue(to)));

        // Of a date and a time the zone decides which comes first, so only what is written alike is compared here.
        if (begin >= end && IsDate(parsed, from) == IsDate(parsed, to))
        {
            throw new KtError(ExitCodes.Usage, $"{from.Name} must lie before {to.Name}.");
        }
    }

    /// <summary>A length in seconds: 0, or a whole number with s, m, h or d.</summary>
    /// <param name="most">The longest, in days; null: without a limit.</param>
    public static long ReadSeconds(string name, string text, int? most = null)
    {
        var unit = text is "0" ? 1 : text.Length < 2 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        if (unit == 0 || !int.TryParse(text == "0" ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            throw new KtError(ExitCodes.Usage, $"{name} '{text}' is not 0 or a length such as 90s, 15m, 24h or 7d.");
        }

        var seconds = (long)count * unit;
        return most is null || seconds <= most.Value * 86400L ? seconds : throw new KtError(ExitCodes.Usage, $"{name} '{text}' is longer than {most}d.");
    }

    private static bool TryMoment(string text, out DateTimeOffset moment) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment) && Years.Hold(moment.Year);

    private static bool IsDate(ParseResult parsed, Option<string?> option) => parsed.GetValue(option)!.Length == "yyyy-MM-dd".Length;
}
