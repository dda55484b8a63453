using System.Text.Json;

namespace Platform.Routing.Shapes.Chat;

/// <summary>Whether a completion, or a chunk of a streamed one, has anything of an answer: text, a tool that is to be called, thinking, a refusal in words.</summary>
internal static class ChatContent
{
    /// <summary>Never throws, whatever the bytes.</summary>
    public static bool IsIn(ReadOnlySpan<byte> json)
    {
        var reader = AnswerJson.Reader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isChoices = reader.ValueTextEquals("choices"u8);
                reader.Read();
                if (isChoices && reader.TokenType == JsonTokenType.StartArray && IsInChoices(ref reader))
                {
                    return true;
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
        }

        return false;
    }

    /// <summary>If not, all of them are read.</summary>
    private static bool IsInChoices(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isSaid = reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("delta"u8);
                reader.Read();
                if (isSaid && reader.TokenType == JsonTokenType.StartObject && IsInMessage(ref reader))
                {
                    return true;
                }

                reader.Skip();
            }
        }

        return false;
    }

    /// <summary>Whatever its name: what providers generate has many.</summary>
    private static bool IsInMessage(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRole = reader.ValueTextEquals("role"u8);
            reader.Read();
            var isSome = reader.TokenType switch
            {
                JsonTokenType.String => !reader.ValueTextEquals(""u8),
                JsonTokenType.StartArray => AnswerJson.HasElements(reader),
                var type => type == JsonTokenType.StartObject,
            };
            if (isSome && !isRole)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
