using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Generation;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Messages;

/// <summary>A request for a message.</summary>
internal sealed record MessagesRequest(string Model, ModelPrice Price, int PromptTokens, ulong Seed) : ModelRequest(Model, Price, PromptTokens, Seed)
{
    /// <summary>Reads a request body; exactly one of the two results is not null.</summary>
    /// <param name="isCounted">Its tokens are to be counted: it needs no cap.</param>
    public static (MessagesRequest? Request, AnthropicError? Error) Read(JsonElement body, bool isCounted = false)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return Refuse("The body must be a JSON object.");
        }
        if (Fields.Text(body, "model") is not { } name)
        {
            return Refuse("model: Field required");
        }
        if (!PriceTable.TryGet(name, out var price) || price.Vendor != Vendor.Anthropic)
        {
            return (null, AnthropicError.UnknownModel(name));
        }
        if (!Fields.TryReadCount(body, "max_tokens", out var maxTokens, least: 0) || (maxTokens is null && !isCounted))
        {
            return Refuse("max_tokens: Field required, and a whole number of at least 0");
        }
        if (!Fields.TryReadFlag(body, "stream", out var stream))
        {
            return Refuse("stream: Input should be a valid boolean");
        }
        if (stream && maxTokens == 0)
        {
            return Refuse("max_tokens: 0 only fills the cache, and is not streamed");
        }
        var prompt = new MessagesPrompt(name, price.ImageTokens);
        if (ReadPrompt(body, prompt) is { } problem)
        {
            return Refuse(problem);
        }
        var request = new MessagesRequest(name, price, prompt.Tokens, prompt.Seed) { MaxTokens = maxTokens, Stream = stream, ToCache = prompt.ToCache };
        return (WithSpeech(body, request), null);
    }

    private static string? ReadPrompt(JsonElement body, MessagesPrompt prompt)
    {
        if (Fields.List(body, "tools") is { } tools)
        {
            prompt.AddTools(tools);
        }
        if (Fields.Find(body, "system") is { } system)
        {
            prompt.AddContent("system", system);
        }
        if (Fields.List(body, "messages") is not { } messages || messages.GetArrayLength() == 0)
        {
            return "messages: at least one message is required";
        }
        foreach (var message in messages.EnumerateArray())
        {
            if (Fields.Text(message, "role") is not ("user" or "assistant") || Fields.Find(message, "content") is not { } content)
            {
                return "messages: every message has a role (user or assistant) and content";
            }
            prompt.AddContent(Fields.Text(message, "role")!, content);
        }
        return prompt.Problem;
    }

    /// <summary>
    /// A tool is used when there is one that may be, unless the last message brings a tool's result. An output format with a schema is followed. All else is answered in words.
    /// </summary>
    private static MessagesRequest WithSpeech(JsonElement body, MessagesRequest request)
    {
        var choice = Fields.Find(body, "tool_choice") ?? default;
        if (Fields.List(body, "tools") is { } tools && Fields.Text(choice, "type") != "none" && !BringsResult(body)
            && Choose(tools, Fields.Text(choice, "name")) is { } tool)
        {
            return request with { Tool = Fields.Text(tool, "name"), Speech = Speech.Of(Fields.Find(tool, "input_schema"), request.Seed) };
        }
        var format = Fields.Find(body, "output_config") is { ValueKind: JsonValueKind.Object } config ? Fields.Find(config, "format") : Fields.Find(body, "output_format");
        return format is { ValueKind: JsonValueKind.Object } named && Fields.Find(named, "schema") is { } schema
            ? request with { Speech = Speech.Of(schema, request.Seed) }
            : request;
    }

    private static JsonElement? Choose(JsonElement tools, string? name)
    {
        foreach (var tool in tools.EnumerateArray())
        {
            if (name is null || Fields.Text(tool, "name") == name)
            {
                return tool;
            }
        }
        return null;
    }

    private static bool BringsResult(JsonElement body)
    {
        var messages = Fields.List(body, "messages")!.Value;
        return Fields.List(messages[messages.GetArrayLength() - 1], "content") is { } blocks
            && blocks.EnumerateArray().Any(block => Fields.Text(block, "type") == "tool_result");
    }

    private static (MessagesRequest? Request, AnthropicError? Error) Refuse(string message) => (null, AnthropicError.BadRequest(message));
}
