using System.Text.Json;

namespace Platform.Routing.Shapes.Chat;

/// <summary>
/// What the first chunks of a stream say: who speaks, and the verdict of a content filter, come before the first token; an error may come instead of it. A comment that keeps the line
/// open is for the caller, so it ends the waiting.
/// </summary>
internal static class ChatOpening
{
    /// <param name="data">Of one event. Never throws, whatever the bytes.</param>
    public static StreamOpening Of(ReadOnlySpan<byte> data)
    {
        try
        {
            if (data.IsEmpty)
            {
                return StreamOpening.KeptOpen;
            }

            var reader = AnswerJson.Reader(data);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? OfChunk(ref reader) : StreamOpening.Begun;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
            return StreamOpening.Begun;
        }
    }

    private static StreamOpening OfChunk(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isError = reader.ValueTextEquals("error"u8);
            var isChoices = reader.ValueTextEquals("choices"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isError && reader.TokenType != JsonTokenType.Null)
            {
                return StreamOpening.Failed;
            }

            if ((isChoices && SaySomething(ref reader)) || (isUsage && reader.TokenType != JsonTokenType.Null))
            {
                return StreamOpening.Begun;
            }

            reader.Skip();
        }

        return StreamOpening.Waiting;
    }

    /// <summary>True when a choice has more than a role: text that is not empty, a tool, a reason why it ended, anything unknown. If not, all of them are read.</summary>
    private static bool SaySomething(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return true;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isDelta = reader.ValueTextEquals("delta"u8);
                var isAbout = reader.ValueTextEquals("index"u8) || reader.ValueTextEquals("content_filter_results"u8) || reader.ValueTextEquals("content_filter_offsets"u8);
                reader.Read();
                if (isDelta && reader.TokenType == JsonTokenType.StartObject ? SaysSomething(ref reader) : !isAbout && reader.TokenType != JsonTokenType.Null)
                {
                    return true;
                }

                reader.Skip();
            }
        }

        return reader.TokenType != JsonTokenType.EndArray;
    }

    private static bool SaysSomething(ref Utf8JsonReader delta)
    {
        while (delta.Read() && delta.TokenType == JsonTokenType.PropertyName)
        {
            var isRole = delta.ValueTextEquals("role"u8);
            delta.Read();
            if (!isRole && delta.TokenType != JsonTokenType.Null && !(delta.TokenType == JsonTokenType.String && delta.ValueTextEquals(""u8)))
            {
                return true;
            }

            delta.Skip();
        }

        return false;
    }
}
