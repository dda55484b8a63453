using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Responses;

/// <summary>Usage as OpenAI states it of responses: what was read from a cache and written to one is part of input, reasoning part of output.</summary>
internal static class ResponsesUsage
{
    /// <summary>Of a response: a plain answer. Null: there is none, or it contradicts itself. Never throws.</summary>
    public static CallUsage? OfResponse(ReadOnlySpan<byte> json) => Read(json, within: default);

    /// <summary>Of an event of a stream that carries a response; null as above.</summary>
    public static CallUsage? OfEvent(ReadOnlySpan<byte> json) => Read(json, within: "response"u8);

    /// <param name="within">The field that has the response; empty: the object itself is it.</param>
    private static CallUsage? Read(ReadOnlySpan<byte> json, ReadOnlySpan<byte> within)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && (within.IsEmpty || TryFind(ref reader, within)) && TryFind(ref reader, "usage"u8)
                ? ReadUsage(ref reader)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
            return null;
        }
    }

    /// <summary>Steps from the beginning of an object into the object that a field of it has; false when there is none.</summary>
    private static bool TryFind(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt && reader.TokenType == JsonTokenType.StartObject)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static CallUsage? ReadUsage(ref Utf8JsonReader reader)
    {
        long? input = null, output = null;
        long cached = 0, written = 0, reasoning = 0, none = 0;
        var sound = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals("input_tokens"u8);
            var isOutput = reader.ValueTextEquals("output_tokens"u8);
            var isInputDetails = reader.ValueTextEquals("input_tokens_details"u8);
            var isOutputDetails = reader.ValueTextEquals("output_tokens_details"u8);
            reader.Read();
            if (isInput || isOutput)
            {
                sound &= TokenCount.TryRead(ref reader, out var count);
                input = isInput ? count : input;
                output = isInput ? output : count;
            }
            else if (isInputDetails && reader.TokenType == JsonTokenType.StartObject)
            {
                sound &= TryReadDetails(ref reader, "cached_tokens"u8, ref cached, "cache_write_tokens"u8, ref written);
            }
            else if (isOutputDetails && reader.TokenType == JsonTokenType.StartObject)
            {
                sound &= TryReadDetails(ref reader, "reasoning_tokens"u8, ref reasoning, default, ref none);
            }
            else
            {
                reader.Skip();
            }
        }

        return sound && input >= cached + written && output >= reasoning
            ? new CallUsage(input.Value - cached - written, cached, output.Value, reasoning, written)
            : null;
    }

    private static bool TryReadDetails(ref Utf8JsonReader reader, ReadOnlySpan<byte> first, ref long firstCount, ReadOnlySpan<byte> second, ref long secondCount)
    {
        var sound = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFirst = reader.ValueTextEquals(first);
            var isSecond = reader.ValueTextEquals(second);
            reader.Read();
            if ((isFirst || isSecond) && reader.TokenType != JsonTokenType.Null)
            {
                sound &= TokenCount.TryRead(ref reader, out var count);
                firstCount = isFirst ? count : firstCount;
                secondCount = isFirst ? secondCount : count;
            }
            else
            {
                reader.Skip();
            }
        }

        return sound;
    }
}
