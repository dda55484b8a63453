using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Pricing;

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
        var isStated = false;
        string? tier = null;
        var reader = AnswerJson.Reader(json);
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
                var isGroq = reader.ValueTextEquals("x_groq"u8);
                var isTier = reader.ValueTextEquals("service_tier"u8);
                reader.Read();
                if (isUsage && reader.TokenType == JsonTokenType.StartObject)
                {
                    (usage, isStated) = (OpenAiUsage.OfCompletions.Read(ref reader), true);
                    continue;
                }

                if (isGroq && !isStated)
                {
                    usage = OfGroq(ref reader);
                    continue;
                }

                if (isTier)
                {
                    tier = ServiceTiers.Read(ref reader);
                    continue;
                }

                var start = reader.TokenStartIndex;
                reader.Skip();
                hasChoices |= isChoices && !IsEmpty(json[(int)start..(int)reader.BytesConsumed]);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
            return null;
        }

        return usage is { } known ? known with { Tier = tier } : null;
    }

    /// <summary>What the first choice of a chunk states: Moonshot's streams have the usage there, beside the reason why the answer ended, and no other. Null: nothing. Never throws.</summary>
    public static CallUsage? OfChoice(ReadOnlySpan<byte> json)
    {
        var reader = AnswerJson.Reader(json);
        try
        {
            return TryEnter(ref reader, "choices"u8) && reader.TokenType == JsonTokenType.StartArray && TryEnter(ref reader, "usage"u8) && reader.TokenType == JsonTokenType.StartObject
                ? OpenAiUsage.OfCompletions.Read(ref reader)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
            return null;
        }
    }

    /// <summary>What Groq states of its own: streams of it that were not asked for usage, or come through proxies that do not pass that on, have no other. One of the chunk's own goes before it.</summary>
    /// <param name="reader">At the value of <c>x_groq</c>; afterwards at its end.</param>
    private static CallUsage? OfGroq(ref Utf8JsonReader reader)
    {
        CallUsage? usage = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                usage = OpenAiUsage.OfCompletions.Read(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return usage;
    }

    /// <summary>Into the object that comes next, to the value of this name; false: there is none.</summary>
    private static bool TryEnter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        var isObject = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
        while (isObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFound = reader.ValueTextEquals(name);
            reader.Read();
            if (isFound)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    /// <summary>The tier that a chunk tells, as prices name it; null when it tells none. Never throws.</summary>
    public static string? TierOf(ReadOnlySpan<byte> json)
    {
        var reader = AnswerJson.Reader(json);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isTier = reader.ValueTextEquals("service_tier"u8);
                reader.Read();
                if (isTier)
                {
                    return ServiceTiers.Read(ref reader);
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
        }

        return null;
    }

    /// <summary>Null too, as servers in Go write a list that was never begun.</summary>
    private static bool IsEmpty(ReadOnlySpan<byte> value) => value.SequenceEqual("null"u8) || (value[0] == '[' && value[1..^1].IndexOfAnyExcept(" \t\r\n"u8) < 0);
}
