using System.Text;

namespace Platform.Export.Tests;

/// <summary>Reads comma-separated values as RFC 4180 says, and refuses what it does not.</summary>
internal static class CsvFile
{
    /// <summary>A row is its cells by the names in the first line.</summary>
    public static List<Dictionary<string, string>> Read(string text)
    {
        var lines = Split(text);
        return [.. lines.Skip(1).Select(cells =>
        {
            Assert.Equal(lines[0].Count, cells.Count);
            return lines[0].Zip(cells).ToDictionary(cell => cell.First, cell => cell.Second, StringComparer.Ordinal);
        })];
    }

    private static List<List<string>> Split(string text)
    {
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        List<List<string>> lines = [[]];
        var cell = new StringBuilder();
        for (var (i, quoted) = (0, false); i < text.Length; i++)
        {
            if (quoted)
            {
                if (text[i] == '"' && text[i + 1] != '"')
                {
                    quoted = false;
                    continue;
                }

                i += text[i] == '"' ? 1 : 0;
                cell.Append(text[i]);
                continue;
            }

            switch (text[i])
            {
                case '"':
                    Assert.Equal(0, cell.Length);
                    quoted = true;
                    break;
                case ',' or '\r':
                    lines[^1].Add(cell.ToString());
                    cell.Clear();
                    if (text[i] == '\r')
                    {
                        Assert.Equal('\n', text[++i]);
                        lines.Add([]);
                    }

                    break;
                default:
                    Assert.NotEqual('\n', text[i]);
                    cell.Append(text[i]);
                    break;
            }
        }

        Assert.Empty(lines[^1]);
        return lines[..^1];
    }
}
