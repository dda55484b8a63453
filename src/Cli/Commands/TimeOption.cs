using System.CommandLine;
using System.Globalization;

namespace Platform.Cli.Commands;

/// <summary>Options that carry a moment or a length; what is neither ends with the exit code of a wrong command line.</summary>
internal static class TimeOption
{
    /// <summary>A date or time as the API's bodies take it, UTC where no zone is given; null when absent.</summary>
    public static string? Read(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { Length: > 0 } text)
        {
            return null;
        }

        return DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK"], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? moment.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)
            : throw new KtError(ExitCodes.Usage, $"{option.Name} '{text}' is not a date (2026-06-01) or time (2026-06-01T13:00:00Z).");
    }

    /// <summary>A length in seconds: 0, or a whole number with s, m, h or d.</summary>
    public static long ReadSeconds(string name, string text)
    {
        var unit = text is "0" ? 1 : text.Length < 2 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        return unit > 0 && int.TryParse(text == "0" ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? (long)count * unit
            : throw new KtError(ExitCodes.Usage, $"{name} '{text}' is not 0 or a length such as 90s, 15m, 24h or 7d.");
    }
}
