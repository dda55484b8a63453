using System.Text.Json;

namespace Platform.Routing.Shapes;

/// <summary>Reads a count of tokens as providers state it.</summary>
internal static class TokenCount
{
    /// <summary>False when the value, which is skipped, is no whole number that anybody could have used.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out long count)
    {
        count = 0;
        var sound = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out count) && count is >= 0 and <= int.MaxValue;
        reader.Skip();
        return sound;
    }
}
