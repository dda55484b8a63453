using System.Text;
using System.Text.Json;

namespace Platform.Routing.Shapes;

/// <summary>Addresses that have the data itself in them (RFC 2397), however they are written: a scheme has no case, and JSON may escape any letter.</summary>
internal static class DataAddress
{
    /// <summary>True when the value is one.</summary>
    /// <param name="isImage">Then, whether it says to be an image.</param>
    public static bool Is(scoped ref readonly Utf8JsonReader json, out bool isImage)
    {
        isImage = false;
        if (json.TokenType != JsonTokenType.String)
        {
            return false;
        }

        var address = json.ValueIsEscaped ? Encoding.UTF8.GetBytes(json.GetString()!) : json.ValueSpan;
        address = address.TrimStart(" \t\r\n"u8);
        isImage = Begins(address, "data:image/"u8);
        return Begins(address, "data:"u8);
    }

    private static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> with) => text.Length >= with.Length && Ascii.EqualsIgnoreCase(text[..with.Length], with);
}
