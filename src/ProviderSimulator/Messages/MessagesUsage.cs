using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Chat;
using Platform.ProviderSimulator.Faults;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Messages;

/// <summary>A <c>usage</c> in Anthropic's shape, whose kinds of input are apart from each other.</summary>
internal static class MessagesUsage
{
    /// <summary>Writes the property, or nothing when it is to be missing.</summary>
    public static void Write(Utf8JsonWriter writer, Call call, int generated)
    {
        var (usage, lie) = (call.UsageOf(generated), call.Fault.Usage);
        if (lie == UsageLie.Missing)
        {
            return;
        }
        var written = usage.CacheWriteTokens + usage.CacheWriteHourTokens;
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("input_tokens"u8, usage.PlainTokens);
        writer.WriteNumber("cache_creation_input_tokens"u8, lie == UsageLie.Contradictory ? written + 1 : written);
        writer.WriteNumber("cache_read_input_tokens"u8, usage.CachedTokens);
        writer.WriteStartObject("cache_creation"u8);
        writer.WriteNumber("ephemeral_5m_input_tokens"u8, usage.CacheWriteTokens);
        writer.WriteNumber("ephemeral_1h_input_tokens"u8, usage.CacheWriteHourTokens);
        writer.WriteEndObject();
        writer.WriteNumber("output_tokens"u8, lie switch { UsageLie.Negative => -1, UsageLie.Huge => ChatUsage.Huge, _ => usage.CompletionTokens });
        writer.WriteString("service_tier"u8, call.ServiceTier ?? "standard");
        writer.WriteEndObject();
    }
}
