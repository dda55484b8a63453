using System.Globalization;
using Platform.Cli.TextFiles;

namespace Platform.Cli.SeriesFiles;

/// <summary>A date a line, as 2026-12-25; what follows a # is its name. Blank lines, and those of a # alone, say nothing.</summary>
internal static class HolidayFile
{
    /// <exception cref="KtError">There is no such file, or a line is no date; the message names every such line up to ten.</exception>
    /// <returns>By date, ascending, its name; empty for one without.</returns>
    public static IReadOnlyDictionary<DateOnly, string> Read(string path)
    {
        var dates = new SortedDictionary<DateOnly, string>();
        var wrong = new List<string>();
        var number = 0;
        foreach (var line in TextFile.Lines(path))
        {
            number++;
            var parts = line.Split('#', 2);
            var text = parts[0].Trim();
            if (text.Length == 0)
            {
                continue;
            }

            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                dates[date] = parts.Length > 1 ? parts[1].Trim() : "";
            }
            else
            {
                wrong.Add($"line {number} '{text}'");
            }
        }

        return wrong.Count == 0
            ? dates
            : throw new KtError(ExitCodes.Failed, $"{path} must have a date a line, as 2026-12-25: {string.Join(", ", wrong.Take(10))}{(wrong.Count > 10 ? ", …" : "")}.");
    }
}
