using System.Text;

namespace Platform.Api.Reviews;

/// <summary>Blocks as Markdown (CommonMark with tables). Text of records cannot make markup of its own.</summary>
internal static class MarkdownWriter
{
    private const string Special = "\\`*_{}[]<>#|~";

    public static string Write(IEnumerable<Block> blocks)
    {
        var text = new StringBuilder();
        foreach (var block in blocks)
        {
            Write(text, block);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, Block block)
    {
        switch (block)
        {
            case Heading heading:
                text.Append('#', heading.Level).Append(' ').Append(Escape(heading.Text)).Append("\n\n");
                break;
            case Paragraph paragraph:
                text.Append(Escape(paragraph.Text)).Append("\n\n");
                break;
            case Bullets bullets:
                text.AppendJoin("", bullets.Items.Select(item => $"- {Escape(item)}\n")).Append('\n');
                break;
            case Table table:
                Write(text, table);
                break;
            case Item item:
                text.Append($"- **{Escape(item.Amount)}** {Escape(item.Title)}. {Escape(item.Text)}\n");
                text.AppendJoin("", item.Commands.Select(command => $"  - `{command.Command.Replace('`', '\'')}` {Escape(command.Meaning)}\n")).Append('\n');
                break;
        }
    }

    private static void Write(StringBuilder text, Table table)
    {
        Row(table.Columns.Select(column => column.TrimStart('>')));
        text.Append('|').AppendJoin("", table.Columns.Select(column => column.StartsWith('>') ? " ---: |" : " --- |")).Append('\n');
        foreach (var (place, row) in table.Rows.Index())
        {
            Row(row, table.HasTotal && place == table.Rows.Count - 1 ? "**" : "");
        }

        text.Append('\n');

        void Row(IEnumerable<string> cells, string around = "") =>
            text.Append('|').AppendJoin("", cells.Select(cell => cell.Length > 0 ? $" {around}{Escape(cell)}{around} |" : "  |")).Append('\n');
    }

    private static string Escape(string plain)
    {
        var text = new StringBuilder(plain.Length);
        foreach (var (place, letter) in plain.Index())
        {
            text.Append(Special.Contains(letter, StringComparison.Ordinal) && !IsPlain(plain, place) ? "\\" : "").Append(char.IsControl(letter) ? ' ' : letter);
        }

        return text.ToString();
    }

    /// <summary>An underscore within a word and a less-than before a number are no markup: ids and small amounts are read as they are, on a terminal too.</summary>
    private static bool IsPlain(string text, int place) => text[place] switch
    {
        '_' => place > 0 && char.IsAsciiLetterOrDigit(text[place - 1]) && place + 1 < text.Length && char.IsAsciiLetterOrDigit(text[place + 1]),
        '<' => place + 1 < text.Length && char.IsAsciiDigit(text[place + 1]),
        _ => false,
    };
}
