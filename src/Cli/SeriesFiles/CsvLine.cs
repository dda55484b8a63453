using System.Text;

namespace Platform.Cli.SeriesFiles;

/// <summary>Comma-separated cells as they are read; a cell with a comma or a quotation mark stands in quotation marks (RFC 4180, one line a record).</summary>
internal static class CsvLine
{
    /// <summary>Null when a quotation mark is not closed on the line.</summary>
    public static List<string>? Split(string line)
    {
        if (!line.Contains('"'))
        {
            return [.. line.Split(',')];
        }

        var cells = new List<string>();
        var cell = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                cell.Append('"');
                i++;
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
            else if (line[i] == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
            {
                cell.Append(line[i]);
            }
        }

        cells.Add(cell.ToString());
        return quoted ? null : cells;
    }
}
