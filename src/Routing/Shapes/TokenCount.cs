using System.Buffers.Text;
using System.Text.Json;

namespace Platform.Routing.Shapes;

/// <summary>
/// Reads a count of tokens as providers state it: a whole number, which servers whose language knows one kind of number write as <c>11.0</c>, and proxies that have it from a header as <c>"11"</c>. Both say it without doubt.
/// </summary>
internal static class TokenCount
{
    /// <summary>False when the value, which is skipped, is no whole number that anybody could have used.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out long count)
    {
        var sound = reader.TokenType switch
        {
            JsonTokenType.Number => TryReadNumber(ref reader, out count),
            JsonTokenType.String => TryReadDigits(reader.ValueSpan, out count),
            _ => TryReadNothing(out count),
        };
        sound &= count is >= 0 and <= int.MaxValue;
        reader.Skip();
        return sound;
    }

    private static bool TryReadNumber(ref Utf8JsonReader reader, out long count)
    {
        if (reader.TryGetInt64(out count))
        {
            return true;
        }

        var isWhole = reader.TryGetDecimal(out var number) && decimal.IsInteger(number) && number is >= 0 and <= int.MaxValue;
        count = isWhole ? (long)number : 0;
        return isWhole;
    }

    /// <summary>Digits and nothing else.</summary>
    private static bool TryReadDigits(ReadOnlySpan<byte> text, out long count) =>
        Utf8Parser.TryParse(text, out count, out var read) && read == text.Length && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private static bool TryReadNothing(out long count)
    {
        count = 0;
        return false;
    }
}
