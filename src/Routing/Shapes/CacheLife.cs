using System.Text.Json;

namespace Platform.Routing.Shapes;

/// <summary>How long a request has Anthropic keep what it writes to a cache, at Anthropic or behind a proxy that fronts it: <c>"cache_control": {"type": "ephemeral", "ttl": "1h"}</c> of a block, a tool or the whole.</summary>
internal static class CacheLife
{
    /// <summary>True when anything of the request is to be kept for an hour, also where LiteLLM is to set the marks (<c>cache_control_injection_points</c>). Never throws, whatever the bytes.</summary>
    public static bool IsHour(ReadOnlySpan<byte> body)
    {
        var reader = AnswerJson.Reader(body);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && IsMark(ref reader) && reader.Read() && HasHour(ref reader))
                {
                    return true;
                }
            }

            return false;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what half of a surrogate pair gives. What nobody can read to its end may say it further on.
            return true;
        }
    }

    private static bool IsMark(ref Utf8JsonReader reader) => reader.ValueTextEquals("cache_control"u8) || reader.ValueTextEquals("cache_control_injection_points"u8);

    /// <param name="reader">At the mark's value, at whose end it is afterwards when this is false.</param>
    private static bool HasHour(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        var isNested = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        while (isNested && reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("ttl"u8) && reader.Read()
                && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("1h"u8))
            {
                return true;
            }
        }

        return false;
    }
}
