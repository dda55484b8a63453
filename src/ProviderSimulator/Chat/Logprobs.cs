using System.Text.Json;
using Platform.ProviderSimulator.Generation;

namespace Platform.ProviderSimulator.Chat;

/// <summary>How sure the model was of its tokens: made up, but the same for the same request.</summary>
internal static class Logprobs
{
    /// <summary>The value of a <c>logprobs</c> property for some of the tokens.</summary>
    public static void Write(Utf8JsonWriter writer, ChatRequest request, int first, int count)
    {
        if (request.TopLogprobs is not { } top)
        {
            writer.WriteNullValue();
            return;
        }
        writer.WriteStartObject();
        writer.WriteStartArray("content"u8);
        for (var index = first; index < first + count; index++)
        {
            writer.WriteStartObject();
            WriteToken(writer, request, index, 0);
            writer.WriteStartArray("top_logprobs"u8);
            for (var other = 0; other < top; other++)
            {
                writer.WriteStartObject();
                WriteToken(writer, request, index + other, other);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteNull("refusal"u8);
        writer.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter writer, ChatRequest request, int index, int rank)
    {
        var token = request.Speech.Token(index);
        writer.WriteString("token"u8, token);
        writer.WriteNumber("logprob"u8, -(decimal)((PromptSeed.At(request.Seed, index) % 100) + 1 + (100UL * (ulong)rank)) / 100m);
        writer.WriteStartArray("bytes"u8);
        foreach (var value in token)
        {
            writer.WriteNumberValue(value);
        }
        writer.WriteEndArray();
    }
}
