using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Chat;

/// <summary>Where a completion, or a chunk of a streamed one, states its usage.</summary>
internal static class ChatUsage
{
    /// <summary>Null: there is none, or it contradicts itself, so the usage is unknown. Never throws.</summary>
    /// <param name="hasChoices">True when the object carries content too.</param>
    public static CallUsage? Read(ReadOnlySpan<byte> json, out bool hasChoices)
    {
        hasChoices = false;
        CallUsage? usage = null;
        var reader = new Utf8JsonReader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isUsage = reader.ValueTextEquals("usage"u8);
                var isChoices = reader.ValueTextEquals("choices"u8);
                reader.Read();
                if (isUsage && reader.TokenType == JsonTokenType.StartObject)
                {
                    usage = OpenAiUsage.OfCompletions.Read(ref reader);
                    continue;
                }

                var start = reader.TokenStartIndex;
                reader.Skip();
                hasChoices |= isChoices && !IsEmptyArray(json[(int)start..(int)reader.BytesConsumed]);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
            return null;
        }

        return usage;
    }

    private static bool IsEmptyArray(ReadOnlySpan<byte> value) => value[0] == '[' && value[1..^1].IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
