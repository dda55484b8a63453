using System.Globalization;
using System.Text.RegularExpressions;

namespace Platform.Cli.Output;

/// <summary>A message, whoever wrote it, without the notation of .NET: where a JSON text is wrong is counted from one, and times are written as kt writes them.</summary>
internal static partial class PlainWords
{
    public static string Of(string message) => Times().Replace(Place().Replace(message, Where), Moment);

    // The first line goes without saying: a text of one line is often itself a line of a file, which the message has named.
    private static string Where(Match match) => Number(match, "line") is > 0 and var line
        ? string.Create(CultureInfo.InvariantCulture, $" (line {line + 1}, byte {Number(match, "byte") + 1}).")
        : string.Create(CultureInfo.InvariantCulture, $" (byte {Number(match, "byte") + 1}).");

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    private static string Moment(Match match) =>
        DateTimeOffset.TryParse(match.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : match.Value;

    [GeneratedRegex(@"\.?(?: Path: \S+ \|)? LineNumber: (?<line>\d{1,18}) \| BytePositionInLine: (?<byte>\d{1,18})\.?")]
    private static partial Regex Place();

    // Only what is written with seven places, which no person does.
    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}(?:Z|[+-]\d\d:\d\d)")]
    private static partial Regex Times();
}
