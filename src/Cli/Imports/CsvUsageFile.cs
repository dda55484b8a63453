using System.Globalization;
using System.Runtime.CompilerServices;
using CsvHelper;
using CsvHelper.Configuration;

namespace Platform.Cli.Imports;

/// <summary>Any CSV of calls, or of sums of calls. A row that cannot be read is said of by its line; the others stand.</summary>
internal static class CsvUsageFile
{
    /// <param name="tell">Hears once what the columns were taken for.</param>
    public static async IAsyncEnumerable<ImportItem> ReadAsync(
        Stream file, CsvUsageOptions options, Action<string> tell, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var text = new StreamReader(file, leaveOpen: true);
        using var csv = new CsvParser(text, Configuration(options));
        if (!await csv.ReadAsync())
        {
            throw new KtError(ExitCodes.Failed, "The file is empty.");
        }

        var header = options.HasHeader ? csv.Record! : [];
        var columns = CsvColumns.Find(header, options.Columns, options.Values);
        tell($"Columns: {columns.Describe(header)}.");
        var rows = new CsvUsageRow(columns, options);
        for (var more = !options.HasHeader || await csv.ReadAsync(); more; more = await csv.ReadAsync())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Read(csv, rows);
        }
    }

    private static ImportItem Read(CsvParser csv, CsvUsageRow rows)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"line {csv.RawRow}");
        try
        {
            return new ImportItem(place, rows.Read(index => index < csv.Count ? csv[index] : null));
        }
        catch (FormatException exception)
        {
            return new ImportItem(place, null, exception.Message);
        }
    }

    private static CsvConfiguration Configuration(CsvUsageOptions options)
    {
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            // A stray quotation mark is no reason to lose the file; what comes of it is judged as the row that it makes.
            BadDataFound = null,
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
