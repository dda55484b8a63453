namespace Platform.Cli.CsvFiles;

/// <summary>What CsvHelper lets pass: a row that would give its cells the names of other columns, and a quotation mark that makes one cell of what follows.</summary>
internal static class CsvRow
{
    public const string WrongQuotes = "a quotation mark is not closed, or stands within a cell; put such a cell in quotation marks, and write the mark in it twice.";

    /// <summary>Null for a row that is as wide as the others.</summary>
    /// <param name="cells">Read them all: only then is every quotation mark of the row looked at.</param>
    /// <param name="width">Of the header, or of the first row where there is none.</param>
    public static string? WrongWidth(int cells, int width) =>
        cells < width ? $"there are {cells} cells, fewer than the {width} of the first line; a blank cell needs its separator too."
        : cells > width ? $"there are {cells} cells, more than the {width} of the first line; write numbers without separators of thousands, and text with a separator in quotation marks."
        : null;
}
