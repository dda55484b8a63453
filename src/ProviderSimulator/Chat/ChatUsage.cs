using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Chat;

/// <summary>The value of a <c>usage</c> property in OpenAI's shape.</summary>
internal static class ChatUsage
{
    public const long Huge = 9_000_000_000_000_000_000;

    /// <param name="lie">How it differs from what is billed.</param>
    public static void Write(Utf8JsonWriter writer, Usage usage, UsageLie? lie)
    {
        writer.WriteStartObject();
        writer.WriteNumber("prompt_tokens"u8, lie == UsageLie.Apart ? usage.PlainTokens : usage.PromptTokens);
        writer.WriteNumber("completion_tokens"u8, lie switch
        {
            UsageLie.Negative => -1,
            UsageLie.Huge => Huge,
            UsageLie.Beside => usage.CompletionTokens - usage.ReasoningTokens,
            _ => usage.CompletionTokens,
        });
        writer.WriteNumber("total_tokens"u8, usage.PromptTokens + usage.CompletionTokens);
        WriteInputDetails(writer, usage, lie);
        writer.WriteStartObject("completion_tokens_details"u8);
        writer.WriteNumber("reasoning_tokens"u8, usage.ReasoningTokens);
        writer.WriteNumber("audio_tokens"u8, 0);
        writer.WriteNumber("accepted_prediction_tokens"u8, 0);
        writer.WriteNumber("rejected_prediction_tokens"u8, 0);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteInputDetails(Utf8JsonWriter writer, Usage usage, UsageLie? lie)
    {
        if (lie == UsageLie.Apart)
        {
            writer.WriteNumber("cache_read_input_tokens"u8, usage.CachedTokens);
            writer.WriteNumber("cache_creation_input_tokens"u8, usage.CacheWriteTokens + usage.CacheWriteHourTokens);
            return;
        }

        writer.WriteStartObject("prompt_tokens_details"u8);
        writer.WriteNumber("cached_tokens"u8, lie == UsageLie.Contradictory ? usage.PromptTokens + 1 : usage.CachedTokens);
        if (usage.CacheWriteTokens > 0)
        {
            // Only the models that bill it state it.
            writer.WriteNumber("cache_write_tokens"u8, usage.CacheWriteTokens);
        }

        writer.WriteNumber("audio_tokens"u8, 0);
        writer.WriteEndObject();
    }
}
