using System.Globalization;
using Platform.Cli.TextFiles;
using Platform.Contracts;

namespace Platform.Cli.SeriesFiles;

/// <summary>Reads series in long format: a header naming unique_id, ds and y, then a row an observation, in any order.</summary>
internal static class SeriesFileReader
{
    /// <summary>Sums of greater ones could leave what a number holds.</summary>
    private const double GreatestValue = 1e100;

    private const int LongestShown = 60;

    /// <exception cref="KtError">The file is not as described; the message names the line.</exception>
    public static IReadOnlyList<FileSeries> Read(string path, Frequency frequency)
    {
        var rows = new Dictionary<string, List<Observation>>(StringComparer.Ordinal);
        Header? header = null;
        var likely = "";
        var number = 0;
        foreach (var line in TextFile.Lines(path))
        {
            number++;
            if (header is null)
            {
                header = Header.Of(line, path);
                continue;
            }

            if (line.Length == 0)
            {
                continue;
            }

            var cells = header.Cells(line, path, number);
            var id = cells[header.Id];
            if (!rows.TryGetValue(id, out var observations))
            {
                rows[id] = observations = string.IsNullOrWhiteSpace(id) ? throw Wrong(path, number, "unique_id is blank; every row needs the name of its series") : [];
            }

            var time = Time(cells[header.Time].Trim(), frequency, likely, path, number);
            likely = time.Form;
            observations.Add(new Observation(number, time, Value(cells[header.Value].Trim(), path, number)));
        }

        CheckIds(rows, path);
        return rows.Count == 0
            ? throw new KtError(ExitCodes.Failed, header is null ? $"{path} is empty; it needs the header unique_id,ds,y and a row an observation." : $"{path} has no rows below its header.")
            : [.. rows.Select(entry => SeriesLayout.Of(entry.Key, entry.Value, frequency, path))];
    }

    /// <summary>Text of the file as messages show it.</summary>
    public static string Shown(string text) => Validation.Shown(text, LongestShown);

    public static KtError Wrong(string path, int line, string what) => new(ExitCodes.Failed, $"{path}, line {line}: {what}.");

    private static Stamp Time(string text, Frequency frequency, string likely, string path, int line) =>
        Stamp.Read(text, frequency, likely) ?? throw Wrong(path, line, $"ds '{Shown(text)}' is none of the forms that are read: {TimeForms.Known}");

    /// <summary>A blank cell, NaN or NA is a missing value.</summary>
    private static double Value(string text, string path, int line)
    {
        if (text.Length == 0 || text.Equals("nan", StringComparison.OrdinalIgnoreCase) || text.Equals("na", StringComparison.OrdinalIgnoreCase))
        {
            return double.NaN;
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            throw Wrong(path, line, $"y '{Shown(text)}' is no finite number (1234.5, without separators of thousands); leave the cell blank where a value is missing");
        }

        return Math.Abs(value) <= GreatestValue ? value : throw Wrong(path, line, $"y '{Shown(text)}' is beyond {GreatestValue:0E+0}; give amounts in a greater unit");
    }

    /// <summary>A stray blank would make two short series of one.</summary>
    private static void CheckIds(Dictionary<string, List<Observation>> rows, string path)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, observations) in rows)
        {
            if (!names.TryAdd(id.Trim(), observations[0].Line))
            {
                throw Wrong(path, observations[0].Line, $"unique_id '{Shown(id)}' and that of line {names[id.Trim()]} differ by blanks around them only; write both alike");
            }
        }
    }

    /// <summary>Which columns are what.</summary>
    /// <param name="Count">Cells of every row.</param>
    private sealed record Header(int Id, int Time, int Value, int Count)
    {
        private static readonly string[] Wanted = ["unique_id", "ds", "y"];

        public static Header Of(string line, string path)
        {
            var names = CsvLine.Split(line)?.Select(name => name.Trim()).ToList() ?? [];
            if (Wanted.FirstOrDefault(name => !names.Contains(name)) is { } absent)
            {
                throw Wrong(path, 1, $"the header must name the columns unique_id, ds and y, with commas between; there is no '{absent}' in '{Shown(line)}'");
            }

            return Wanted.FirstOrDefault(name => names.IndexOf(name) != names.LastIndexOf(name)) is { } twice
                ? throw Wrong(path, 1, $"the header names '{twice}' twice")
                : new Header(names.IndexOf("unique_id"), names.IndexOf("ds"), names.IndexOf("y"), names.Count);
        }

        public List<string> Cells(string line, string path, int number)
        {
            var cells = CsvLine.Split(line) ?? throw Wrong(path, number, "a quotation mark is not closed on this line; a cell has no line breaks, and a mark within it is written twice");
            if (cells.Count < Count)
            {
                throw Wrong(path, number, $"there are {cells.Count} cells, fewer than the {Count} of the header; write a comma for a blank cell too");
            }

            // A number such as 1,234.50 is two cells, of which the first looks like a whole amount.
            return cells.Count == Count
                ? cells
                : throw Wrong(path, number, $"there are {cells.Count} cells, more than the {Count} of the header; write numbers without commas, and text with a comma in quotation marks");
        }
    }
}

/// <param name="Line">Of the file, counted from 1.</param>
/// <param name="Value">Not a number where it is missing.</param>
internal readonly record struct Observation(int Line, Stamp Time, double Value);
