using System.Globalization;
using System.Runtime.CompilerServices;
using CsvHelper;
using CsvHelper.Configuration;
using Platform.Cli.CsvFiles;

namespace Platform.Cli.Imports;

/// <summary>Any CSV of calls, or of sums of calls. A row that cannot be read is said of by its line; the others stand.</summary>
internal static class CsvUsageFile
{
    /// <param name="tell">Hears once what the columns were taken for.</param>
    public static async IAsyncEnumerable<ImportItem> ReadAsync(
        Stream file, CsvUsageOptions options, Action<string> tell, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var text = new StreamReader(file, leaveOpen: true);
        var isTorn = false;
        using var csv = new CsvParser(text, Configuration(options, () => isTorn = true));
        if (!await csv.ReadAsync() || (IsDelimiterLine(csv.RawRecord) && !await csv.ReadAsync()))
        {
            throw new KtError(ExitCodes.Failed, "The file is empty.");
        }

        var header = options.HasHeader ? csv.Record! : [];
        var columns = CsvColumns.Find(header, options.Columns, options.Values);
        tell($"Columns: {columns.Describe(header)}");
        var rows = new CsvUsageRow(columns, options);
        var (width, before) = (csv.Count, options.HasHeader ? csv.RawRow : 0);
        for (var more = !options.HasHeader || await csv.ReadAsync(); more; (before, more) = (csv.RawRow, await csv.ReadAsync()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            isTorn = false;
            if (csv.RawRow - before > 1 || csv.RawRecord[^1] is not ('\n' or '\r'))
            {
                // Marks are looked at when a cell is read: one that is never closed, before following lines or where the file was cut off, may stand in a column that nobody asks for.
                _ = csv.Record;
            }

            yield return isTorn ? new ImportItem(Place(before + 1), null, CsvRow.WrongQuotes)
                : CsvRow.WrongWidth(csv.Count, width) is { } problem ? new ImportItem(Place(csv.RawRow), null, problem)
                : Read(csv, rows);
        }
    }

    /// <summary>Excel's own first line, <c>sep=;</c>, which names the delimiter and is no row. The delimiter is found out all the same.</summary>
    private static bool IsDelimiterLine(ReadOnlySpan<char> line) => line.TrimEnd("\r\n") is { Length: 5 } told && told.StartsWith("sep=", StringComparison.OrdinalIgnoreCase);

    private static string Place(int line) => string.Create(CultureInfo.InvariantCulture, $"line {line}");

    private static ImportItem Read(CsvParser csv, CsvUsageRow rows)
    {
        var place = Place(csv.RawRow);
        try
        {
            return new ImportItem(place, rows.Read(index => index < csv.Count ? csv[index] : null));
        }
        catch (FormatException exception)
        {
            return new ImportItem(place, null, exception.Message);
        }
    }

    /// <summary>A cell's quotation mark takes following lines in, or is not closed where the file ends: what is there of such a cell is no figure.</summary>
    private static bool IsOpen(string cell) => cell.Contains('\n', StringComparison.Ordinal) || (cell.StartsWith('"') && cell.Count(letter => letter == '"') % 2 == 1);

    /// <param name="tear">Called for a cell that <see cref="IsOpen"/>.</param>
    private static CsvConfiguration Configuration(CsvUsageOptions options, Action tear)
    {
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            // A stray quotation mark is no reason to lose the file; what comes of it is judged as the row that it makes, unless it makes one of several.
            BadDataFound = found =>
            {
                if (IsOpen(found.Field))
                {
                    tear();
                }
            },
            DetectDelimiter = options.Delimiter is null,
            DetectDelimiterValues = [",", ";", "\t", "|"],
        };
        if (options.Delimiter is { } delimiter)
        {
            configuration.Delimiter = delimiter;
        }

        return configuration;
    }
}
