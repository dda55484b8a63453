using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Pricing;

namespace Platform.Routing.Shapes.Responses;

/// <summary>Where a response, or the event of a stream that carries one, states its usage.</summary>
internal static class ResponsesUsage
{
    /// <summary>Of a response: a plain answer. Null: there is none, or it contradicts itself. Never throws.</summary>
    public static CallUsage? OfResponse(ReadOnlySpan<byte> json) => Read(json, within: default);

    /// <summary>Of an event of a stream that carries a response; null as above.</summary>
    public static CallUsage? OfEvent(ReadOnlySpan<byte> json) => Read(json, within: "response"u8);

    /// <param name="within">The field that has the response; empty: the object itself is it.</param>
    private static CallUsage? Read(ReadOnlySpan<byte> json, ReadOnlySpan<byte> within)
    {
        var reader = AnswerJson.Reader(json);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && (within.IsEmpty || TryFind(ref reader, within)) ? OfObject(ref reader) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
            return null;
        }
    }

    private static CallUsage? OfObject(ref Utf8JsonReader reader)
    {
        CallUsage? usage = null;
        string? tier = null;
        var hasOutput = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isTier = reader.ValueTextEquals("service_tier"u8);
            var isOutput = reader.ValueTextEquals("output"u8);
            reader.Read();
            hasOutput |= isOutput && AnswerJson.HasElements(reader);
            if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                usage = OpenAiUsage.OfResponses.Read(ref reader);
            }
            else if (isTier)
            {
                tier = ServiceTiers.Read(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return usage is { } known ? (known with { Tier = tier }).Of(hasOutput) : null;
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
}
