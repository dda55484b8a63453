using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Platform.Routing.Resilience;

/// <summary>Objects as Python writes them (<c>{'a': None, 'b': "it's"}</c>), which JSON is not. Never throws, whatever the text.</summary>
internal static class PythonText
{
    /// <summary>The object that the text begins with, as JSON; null when it is none, or cut off.</summary>
    /// <param name="read">How many characters of the text it takes; 0 where it is none.</param>
    public static string? ToJson(ReadOnlySpan<char> text, out int read)
    {
        read = 0;
        var json = new StringBuilder(text.Length);
        var depth = 0;
        for (var at = 0; at < text.Length;)
        {
            var rest = text[at..];
            if (rest[0] is '\'' or '"')
            {
                var length = TryReadString(rest, out var content);
                if (length == 0)
                {
                    return null;
                }

                json.Append('"').Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(content)).Append('"');
                at += length;
                continue;
            }

            var (python, written) = rest.StartsWith("None") ? ("None", "null") : rest.StartsWith("True") ? ("True", "true") : rest.StartsWith("False") ? ("False", "false") : ("", "");
            if (python.Length > 0)
            {
                json.Append(written);
                at += python.Length;
                continue;
            }

            json.Append(rest[0]);
            depth += rest[0] is '{' or '[' ? 1 : rest[0] is '}' or ']' ? -1 : 0;
            at++;
            if (depth == 0)
            {
                read = at;
                return json.ToString();
            }
        }

        return null;
    }

    /// <summary>How long the string is that the text begins with, its quotes included; 0 when it is none, or cut off.</summary>
    /// <param name="content">Without its quotes and escapes; of bytes beyond ASCII, each is a character.</param>
    public static int TryReadString(ReadOnlySpan<char> text, out string content)
    {
        var read = new StringBuilder();
        content = "";
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == text[0])
            {
                content = read.ToString();
                return at + 1;
            }

            if (text[at] != '\\')
            {
                read.Append(text[at]);
                continue;
            }

            at++;
            if (at == text.Length)
            {
                break;
            }

            at += ReadEscape(text[at..], read);
        }

        return 0;
    }

    /// <summary>How many characters follow the one behind the backslash. An escape that Python does not know stands for itself.</summary>
    private static int ReadEscape(ReadOnlySpan<char> text, StringBuilder read)
    {
        var digits = text[0] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0 && text.Length > digits && int.TryParse(text.Slice(1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && (digits < 8 || Rune.IsValid(code)))
        {
            read.Append(digits < 8 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
            return digits;
        }

        read.Append(text[0] switch { 'n' => "\n", 'r' => "\r", 't' => "\t", '\\' => "\\", '\'' => "'", '"' => "\"", var other => $"\\{other}" });
        return 0;
    }
}
