using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Chat;

/// <summary>Usage as an OpenAI-compatible provider states it: cached is part of prompt, reasoning part of completion.</summary>
internal static class ChatUsage
{
    /// <summary>
    /// Reads <c>usage</c> of a completion or a stream's chunk. False: there is none, or it contradicts itself, so the usage is unknown.
    /// </summary>
    /// <param name="hasChoices">True when the object carries content too.</param>
    public static bool TryRead(ReadOnlySpan<byte> json, out CallUsage usage, out bool hasChoices)
    {
        (usage, hasChoices) = (default, false);
        var found = false;
        var reader = new Utf8JsonReader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isUsage = reader.ValueTextEquals("usage"u8);
                var isChoices = reader.ValueTextEquals("choices"u8);
                reader.Read();
                if (isUsage && reader.TokenType == JsonTokenType.StartObject)
                {
                    found = TryReadUsage(ref reader, out usage);
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
            return false;
        }

        return found;
    }

    private static bool IsEmptyArray(ReadOnlySpan<byte> value) => value[0] == '[' && value[1..^1].IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private static bool TryReadUsage(ref Utf8JsonReader reader, out CallUsage usage)
    {
        long? prompt = null, completion = null;
        long cached = 0, reasoning = 0;
        var sound = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isPrompt = reader.ValueTextEquals("prompt_tokens"u8);
            var isCompletion = reader.ValueTextEquals("completion_tokens"u8);
            var isPromptDetails = reader.ValueTextEquals("prompt_tokens_details"u8);
            var isCompletionDetails = reader.ValueTextEquals("completion_tokens_details"u8);
            reader.Read();
            if (isPrompt || isCompletion)
            {
                sound &= TokenCount.TryRead(ref reader, out var count);
                prompt = isPrompt ? count : prompt;
                completion = isPrompt ? completion : count;
            }
            else if (isPromptDetails && reader.TokenType == JsonTokenType.StartObject)
            {
                sound &= TryReadDetail(ref reader, "cached_tokens"u8, out cached);
            }
            else if (isCompletionDetails && reader.TokenType == JsonTokenType.StartObject)
            {
                sound &= TryReadDetail(ref reader, "reasoning_tokens"u8, out reasoning);
            }
            else
            {
                reader.Skip();
            }
        }

        usage = new CallUsage((prompt ?? 0) - cached, cached, completion ?? 0, reasoning);
        return sound && prompt is not null && completion is not null && cached <= prompt && reasoning <= completion;
    }

    private static bool TryReadDetail(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, out long count)
    {
        count = 0;
        var sound = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt && reader.TokenType != JsonTokenType.Null)
            {
                sound &= TokenCount.TryRead(ref reader, out count);
            }
            else
            {
                reader.Skip();
            }
        }

        return sound;
    }
}
