using System.Buffers;
using System.Globalization;
using System.Text;

namespace Platform.Contracts;

/// <summary>
/// Text as a terminal or a message may be given it, whoever wrote it: callers write tags, people names and notes, providers their faults. What is not shown but obeyed is written out, an escape as <c>\u001b</c>: control
/// characters, which hide or rewrite other lines and set the clipboard, and the marks that turn the order of letters around, figures behind a name among them. Line ends and tabs stay.
/// </summary>
public static class PlainText
{
    private static readonly SearchValues<char> Obeyed = SearchValues.Create(
    [
        .. Enumerable.Range(0, 0xa0).Select(code => (char)code).Where(letter => char.IsControl(letter) && letter is not ('\n' or '\t')),
        '\u061c', '\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069',
    ]);

    /// <summary>With its line ends.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAny(Obeyed))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        foreach (var (place, letter) in text.Index())
        {
            var endsLine = letter == '\r' && place + 1 < text.Length && text[place + 1] == '\n';
            _ = endsLine || !Obeyed.Contains(letter) ? shown.Append(letter) : shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
        }

        return shown.ToString();
    }

    /// <summary>In one line: a line end or a tab is a space.</summary>
    public static string OneLine(string text) => Of(text.ReplaceLineEndings(" ").Replace('\t', ' '));
}
