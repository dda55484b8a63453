namespace Platform.Contracts;

/// <summary>One cell of a comma-separated file (RFC 4180).</summary>
public static class CsvCell
{
    /// <summary>
    /// Text that people or other systems wrote: what a spreadsheet would take for a formula has an apostrophe before it, which spreadsheets do not show (OWASP, "CSV
    /// injection"), some of them also in the full width of East Asian scripts. Not for figures: a negative one begins as a formula does.
    /// </summary>
    public static string OfText(string text) => Quoted(text is ['=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠' or '\t' or '\r' or '\n', ..] ? $"'{text}" : text);

    /// <summary>Quotes where a comma, a quote or a line's end would otherwise be taken for the file's own.</summary>
    public static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
