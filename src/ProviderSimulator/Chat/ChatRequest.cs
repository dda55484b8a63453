using System.Text;
using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Generation;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Chat;

/// <summary>A chat completion request.</summary>
internal sealed record ChatRequest(string Model, ModelPrice Price, int PromptTokens, ulong Seed) : ModelRequest(Model, Price, PromptTokens, Seed)
{
    private const int MostLogprobs = 20;

    /// <summary>Whether a stream ends with its usage.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>How many alternatives each token's probability is shown with; null: none is shown.</summary>
    public int? TopLogprobs { get; init; }

    public override bool StatesCacheWrites => true;

    /// <summary>Reads a request body; exactly one of the two results is not null.</summary>
    /// <param name="deployment">The model, where the address names it and not the body.</param>
    public static (ChatRequest? Request, OpenAiError? Error) Read(JsonElement body, string? deployment = null)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return Refuse("The body must be a JSON object.");
        }
        if ((deployment ?? Fields.Text(body, "model")) is not { } name)
        {
            return Refuse("you must provide a model parameter", "model");
        }
        if (!PriceTable.TryGet(name, out var price) || price.Vendor != Vendor.OpenAi)
        {
            return (null, OpenAiError.UnknownModel(name));
        }
        if (Fields.List(body, "messages") is not { } messages || messages.GetArrayLength() == 0)
        {
            return Refuse("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
        }
        var prompt = Prompt.Read(messages, name, price.ImageTokens);
        if (prompt.Problem is not null)
        {
            return Refuse(prompt.Problem, "messages");
        }
        var tools = Fields.List(body, "tools");
        var toolTokens = tools is null ? 0 : TokenRule.Message(Encoding.UTF8.GetByteCount(tools.Value.GetRawText()));
        return ReadOptions(body, WithSpeech(body, messages, tools, new ChatRequest(name, price, prompt.Tokens + toolTokens, prompt.Seed)));
    }

    /// <summary>
    /// A tool is called when there is one that may be, unless the last message is a tool's result. A response format with a schema is followed. All else is answered in words.
    /// </summary>
    private static ChatRequest WithSpeech(JsonElement body, JsonElement messages, JsonElement? tools, ChatRequest request)
    {
        var answersTool = Fields.Text(messages[messages.GetArrayLength() - 1], "role") == "tool";
        if (!answersTool && tools is { } offered && Fields.Text(body, "tool_choice") != "none" && Choose(body, offered) is { } function)
        {
            return request with { Tool = Fields.Text(function, "name") ?? "", Speech = Speech.Of(Fields.Find(function, "parameters"), request.Seed) };
        }
        if (Fields.Find(body, "response_format") is not { ValueKind: JsonValueKind.Object } format || Fields.Text(format, "type") is null or "text")
        {
            return request;
        }
        var schema = Fields.Find(format, "json_schema") is { ValueKind: JsonValueKind.Object } named ? Fields.Find(named, "schema") : null;
        return request with { Speech = Speech.Of(schema, request.Seed) };
    }

    /// <summary>The function that the choice names, else the first.</summary>
    private static JsonElement? Choose(JsonElement body, JsonElement tools)
    {
        var wanted = Fields.Find(body, "tool_choice") is { ValueKind: JsonValueKind.Object } choice && Fields.Find(choice, "function") is { } named
            ? Fields.Text(named, "name")
            : null;
        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.ValueKind == JsonValueKind.Object && Fields.Find(tool, "function") is { ValueKind: JsonValueKind.Object } function
                && (wanted is null || Fields.Text(function, "name") == wanted))
            {
                return function;
            }
        }
        return null;
    }

    private static (ChatRequest? Request, OpenAiError? Error) ReadOptions(JsonElement body, ChatRequest request)
    {
        if (!Fields.TryReadCount(body, "n", out var choices) || choices is > 1)
        {
            return Refuse("Only one choice (n = 1) is supported.", "n", "unsupported_value");
        }
        if (!Fields.TryReadCount(body, "max_tokens", out var maxTokens))
        {
            return Refuse("'max_tokens' must be a whole number of at least 1.", "max_tokens");
        }
        if (!Fields.TryReadCount(body, "max_completion_tokens", out var maxCompletionTokens))
        {
            return Refuse("'max_completion_tokens' must be a whole number of at least 1.", "max_completion_tokens");
        }
        if (!Fields.TryReadFlag(body, "logprobs", out var logprobs) || !Fields.TryReadCount(body, "top_logprobs", out var top, least: 0) || top > MostLogprobs
            || (top is not null && !logprobs))
        {
            return Refuse($"'top_logprobs' is 0 to {MostLogprobs} and needs 'logprobs': true.", "top_logprobs");
        }
        if (!Fields.TryReadFlag(body, "stream", out var stream))
        {
            return Refuse("'stream' must be true or false.", "stream");
        }
        if (!Fields.TryReadTier(body, request.Price, out var tier))
        {
            return Refuse("Invalid service_tier argument: this model has no such tier.", "service_tier");
        }
        var includeUsage = false;
        if (Fields.Find(body, "stream_options") is { } options
            && (options.ValueKind != JsonValueKind.Object || !stream || !Fields.TryReadFlag(options, "include_usage", out includeUsage)))
        {
            return Refuse("'stream_options' is an object and needs 'stream': true.", "stream_options");
        }
        // Where both caps are given the smaller one holds, so that neither is ever exceeded.
        var cap = maxTokens is null || maxCompletionTokens < maxTokens ? maxCompletionTokens : maxTokens;
        return (request with { MaxTokens = cap, Stream = stream, ServiceTier = tier, IncludeUsage = includeUsage, HasStreamOptions = Fields.Find(body, "stream_options") is not null, TopLogprobs = logprobs ? top ?? 0 : null }, null);
    }

    private static (ChatRequest? Request, OpenAiError? Error) Refuse(string message, string? param = null, string? code = null) =>
        (null, OpenAiError.BadRequest(message, param, code));
}
