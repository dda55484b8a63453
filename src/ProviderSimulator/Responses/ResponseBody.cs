using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Chat;
using Platform.ProviderSimulator.Faults;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Responses;

/// <summary>A response and its items, as they stand in plain answers and in events.</summary>
internal static class ResponseBody
{
    public const string InProgress = "in_progress";
    public const string Completed = "completed";
    public const string Incomplete = "incomplete";

    public static string IdOf(Call call) => $"resp_{call.Id}";

    /// <summary>Of the item that carries the answer.</summary>
    public static string ItemIdOf(Call call) => (call.Request.Tool is null ? "msg_" : "fc_") + call.Id;

    /// <summary>Where the answer's item stands: behind what the model thought, if it did.</summary>
    public static int ItemIndexOf(Call call) => call.HiddenTokens > 0 ? 1 : 0;

    public static string EndOf(Call call) => call.IsCapped ? Incomplete : Completed;

    /// <param name="status">In progress: without items and usage.</param>
    public static void Write(Utf8JsonWriter writer, Call call, string status)
    {
        var request = (ResponsesRequest)call.Request;
        writer.WriteStartObject();
        writer.WriteString("id"u8, IdOf(call));
        writer.WriteString("object"u8, "response"u8);
        writer.WriteNumber("created_at"u8, call.ReceivedAt.ToUnixTimeSeconds());
        writer.WriteString("status"u8, status);
        writer.WriteNull("error"u8);
        WriteIncompleteDetails(writer, status);
        writer.WriteString("instructions"u8, request.Instructions);
        if (request.MaxTokens is { } cap)
        {
            writer.WriteNumber("max_output_tokens"u8, cap);
        }
        writer.WriteString("model"u8, request.Model);
        writer.WriteStartArray("output"u8);
        if (status != InProgress)
        {
            if (call.HiddenTokens > 0)
            {
                WriteReasoning(writer, call);
            }
            WriteItem(writer, call, status);
        }
        writer.WriteEndArray();
        if (call.ServiceTier is { } tier)
        {
            // What it will be served at is known at its end alone.
            writer.WriteString("service_tier"u8, status == InProgress ? "auto" : tier);
        }
        WriteSettings(writer, request);
        if (status == InProgress)
        {
            writer.WriteNull("usage"u8);
        }
        else if (call.Fault.Usage != UsageLie.Missing)
        {
            WriteUsage(writer, call.UsageOf(call.OutputTokens), call.Fault.Usage);
        }
        writer.WriteEndObject();
    }

    public static void WriteReasoning(Utf8JsonWriter writer, Call call)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, $"rs_{call.Id}");
        writer.WriteString("type"u8, "reasoning"u8);
        writer.WriteStartArray("summary"u8);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <param name="status">In progress: without what it says.</param>
    public static void WriteItem(Utf8JsonWriter writer, Call call, string status)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, ItemIdOf(call));
        writer.WriteString("type"u8, call.Request.Tool is null ? "message"u8 : "function_call"u8);
        writer.WriteString("status"u8, status);
        if (call.Request.Tool is { } tool)
        {
            writer.WriteString("call_id"u8, $"call_{call.Id}");
            writer.WriteString("name"u8, tool);
            writer.WriteString("arguments"u8, status == InProgress ? [] : call.Request.Speech.All(call.ShownTokens));
        }
        else
        {
            writer.WriteString("role"u8, "assistant"u8);
            writer.WriteStartArray("content"u8);
            if (status != InProgress)
            {
                WritePart(writer, call, call.ShownTokens);
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    /// <summary>A part with the text of so many tokens.</summary>
    public static void WritePart(Utf8JsonWriter writer, Call call, int tokens)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "output_text"u8);
        writer.WriteString("text"u8, call.Request.Speech.All(tokens));
        writer.WriteStartArray("annotations"u8);
        writer.WriteEndArray();
        writer.WriteStartArray("logprobs"u8);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteIncompleteDetails(Utf8JsonWriter writer, string status)
    {
        if (status != Incomplete)
        {
            writer.WriteNull("incomplete_details"u8);
            return;
        }
        writer.WriteStartObject("incomplete_details"u8);
        writer.WriteString("reason"u8, "max_output_tokens"u8);
        writer.WriteEndObject();
    }

    private static void WriteSettings(Utf8JsonWriter writer, ResponsesRequest request)
    {
        writer.WriteBoolean("parallel_tool_calls"u8, true);
        writer.WriteString("previous_response_id"u8, request.Previous);
        writer.WriteBoolean("store"u8, request.Store);
        writer.WriteNumber("temperature"u8, 1);
        writer.WritePropertyName("text"u8);
        writer.WriteRawValue("""{"format":{"type":"text"}}"""u8);
        writer.WriteString("tool_choice"u8, "auto"u8);
        writer.WriteStartArray("tools"u8);
        writer.WriteEndArray();
        writer.WriteNumber("top_p"u8, 1);
        writer.WriteString("truncation"u8, "disabled"u8);
        writer.WriteStartObject("metadata"u8);
        writer.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter writer, Usage usage, UsageLie? lie)
    {
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("input_tokens"u8, usage.PromptTokens);
        writer.WriteStartObject("input_tokens_details"u8);
        writer.WriteNumber("cached_tokens"u8, lie == UsageLie.Contradictory ? usage.PromptTokens + 1 : usage.CachedTokens);
        writer.WriteNumber("cache_write_tokens"u8, usage.CacheWriteTokens);
        writer.WriteEndObject();
        writer.WriteNumber("output_tokens"u8, lie switch { UsageLie.Negative => -1, UsageLie.Huge => ChatUsage.Huge, _ => usage.CompletionTokens });
        writer.WriteStartObject("output_tokens_details"u8);
        writer.WriteNumber("reasoning_tokens"u8, usage.ReasoningTokens);
        writer.WriteEndObject();
        writer.WriteNumber("total_tokens"u8, usage.PromptTokens + usage.CompletionTokens);
        writer.WriteEndObject();
    }
}
