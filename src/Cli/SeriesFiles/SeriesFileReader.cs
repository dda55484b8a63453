using System.Globalization;

namespace Platform.Cli.SeriesFiles;

/// <summary>One series of a file, evenly spaced.</summary>
/// <param name="Values">Oldest first; not a number where a row or its value is missing.</param>
internal sealed record FileSeries(string Id, TimeAxis Axis, double[] Values);

/// <summary>Reads series in long format: a header naming unique_id, ds and y, then a row an observation, in any order.</summary>
internal static class SeriesFileReader
{
    /// <exception cref="KtError">The file is not as described; the message names the line.</exception>
    public static IReadOnlyList<FileSeries> Read(string path, Frequency frequency)
    {
        var rows = new Dictionary<string, List<Observation>>(StringComparer.Ordinal);
        using var reader = Open(path);
        var columns = Header(reader.ReadLine(), path);
        var number = 1;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0)
            {
                continue;
            }

            var cells = CsvLine.Split(line) ?? throw Wrong(path, number, "a quotation mark is never closed");
            if (cells.Count <= Math.Max(columns.Id, Math.Max(columns.Time, columns.Value)))
            {
                throw Wrong(path, number, $"there are {cells.Count} cells, fewer than the header has");
            }

            var id = cells[columns.Id];
            if (!rows.TryGetValue(id, out var observations))
            {
                rows[id] = observations = [];
            }

            observations.Add(new Observation(number, cells[columns.Time].Trim(), Value(cells[columns.Value].Trim(), path, number)));
        }

        return rows.Count == 0
            ? throw new KtError(ExitCodes.Failed, $"{path} has no rows below its header.")
            : [.. rows.Select(entry => Lay(entry.Key, entry.Value, frequency, path))];
    }

    private static FileSeries Lay(string id, List<Observation> observations, Frequency frequency, string path)
    {
        var axis = TimeAxis.Of(observations, frequency, path);
        var lines = new int[axis.Length];
        var values = new double[axis.Length];
        Array.Fill(values, double.NaN);
        foreach (var observation in observations)
        {
            var at = axis.Position(observation, path);
            if (lines[at] != 0)
            {
                throw Wrong(path, observation.Line, $"ds '{observation.Time}' of '{id}' is on line {lines[at]} too");
            }

            (lines[at], values[at]) = (observation.Line, observation.Value);
        }

        return values.All(double.IsNaN)
            ? throw Wrong(path, observations[0].Line, $"every y of '{id}' is blank; a forecast needs at least one")
            : new FileSeries(id, axis, values);
    }

    /// <summary>All lines of a text file, read as they are asked for.</summary>
    /// <exception cref="KtError">There is no such file, or it cannot be read.</exception>
    public static IEnumerable<string> Lines(string path)
    {
        using var reader = Open(path);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KtError(ExitCodes.Failed, $"There is no file {path}.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new KtError(ExitCodes.Failed, $"{path} cannot be read: permission denied, or it is a folder.");
        }
    }

    private static (int Id, int Time, int Value) Header(string? line, string path)
    {
        var names = CsvLine.Split(line ?? "")?.Select(name => name.Trim().TrimStart('\uFEFF')).ToList() ?? [];
        var (id, time, value) = (names.IndexOf("unique_id"), names.IndexOf("ds"), names.IndexOf("y"));
        return id >= 0 && time >= 0 && value >= 0
            ? (id, time, value)
            : throw Wrong(path, 1, "the header must name the columns unique_id, ds and y");
    }

    /// <summary>A blank cell, NaN or NA is a missing value.</summary>
    private static double Value(string text, string path, int line)
    {
        if (text.Length == 0 || text.Equals("nan", StringComparison.OrdinalIgnoreCase) || text.Equals("na", StringComparison.OrdinalIgnoreCase))
        {
            return double.NaN;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw Wrong(path, line, $"y '{text}' is no finite number; leave the cell blank where a value is missing");
    }

    internal static KtError Wrong(string path, int line, string what) => new(ExitCodes.Failed, $"{path}, line {line}: {what}.");
}

/// <param name="Line">Of the file, counted from 1.</param>
internal readonly record struct Observation(int Line, string Time, double Value);
