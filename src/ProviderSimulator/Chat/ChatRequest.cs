using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Generation;

namespace Platform.ProviderSimulator.Chat;

/// <summary>What of a chat completion request decides its answer and its bill.</summary>
/// <param name="Model">A model of the price table.</param>
/// <param name="Price">Its price.</param>
/// <param name="PromptTokens">By <see cref="TokenRule"/>.</param>
/// <param name="Seed">By <see cref="PromptSeed"/> over model and messages.</param>
/// <param name="MaxTokens">The smaller of <c>max_tokens</c> and <c>max_completion_tokens</c>; null when neither is given.</param>
/// <param name="Stream">Whether to answer in server-sent events.</param>
/// <param name="IncludeUsage">Whether a stream ends with its usage.</param>
internal sealed record ChatRequest(
    string Model, ModelPrice Price, int PromptTokens, ulong Seed, int? MaxTokens, bool Stream, bool IncludeUsage)
{
    /// <summary>Reads a request body; exactly one of the two results is not null.</summary>
    public static (ChatRequest? Request, OpenAiError? Error) Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return Refuse("The body must be a JSON object.");
        }
        if (Find(body, "model") is not { ValueKind: JsonValueKind.String } model)
        {
            return Refuse("you must provide a model parameter", "model");
        }
        var name = model.GetString()!;
        if (!PriceTable.TryGet(name, out var price))
        {
            return (null, OpenAiError.UnknownModel(name));
        }
        if (Find(body, "messages") is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() == 0)
        {
            return Refuse("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
        }
        var prompt = Prompt.Read(messages, name);
        if (prompt.Problem is not null)
        {
            return Refuse(prompt.Problem, "messages");
        }
        return ReadOptions(body, new ChatRequest(name, price, prompt.Tokens, prompt.Seed, null, false, false));
    }

    private static (ChatRequest? Request, OpenAiError? Error) ReadOptions(JsonElement body, ChatRequest request)
    {
        if (!TryReadCount(body, "n", out var choices) || choices is > 1)
        {
            return Refuse("Only one choice (n = 1) is supported.", "n", "unsupported_value");
        }
        if (!TryReadCount(body, "max_tokens", out var maxTokens))
        {
            return Refuse("'max_tokens' must be a whole number of at least 1.", "max_tokens");
        }
        if (!TryReadCount(body, "max_completion_tokens", out var maxCompletionTokens))
        {
            return Refuse("'max_completion_tokens' must be a whole number of at least 1.", "max_completion_tokens");
        }
        if (!TryReadFlag(body, "stream", out var stream))
        {
            return Refuse("'stream' must be true or false.", "stream");
        }
        var includeUsage = false;
        if (Find(body, "stream_options") is { } options
            && (options.ValueKind != JsonValueKind.Object || !stream || !TryReadFlag(options, "include_usage", out includeUsage)))
        {
            return Refuse("'stream_options' is an object and needs 'stream': true.", "stream_options");
        }
        // Where both caps are given the smaller one holds, so that neither is ever exceeded.
        var cap = maxTokens is null || maxCompletionTokens < maxTokens ? maxCompletionTokens : maxTokens;
        return (request with { MaxTokens = cap, Stream = stream, IncludeUsage = includeUsage }, null);
    }

    private static (ChatRequest? Request, OpenAiError? Error) Refuse(string message, string? param = null, string? code = null) =>
        (null, OpenAiError.BadRequest(message, param, code));

    // Null counts as absent, as it does at OpenAI.
    private static JsonElement? Find(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool TryReadCount(JsonElement body, string name, out int? count)
    {
        count = null;
        if (Find(body, name) is not { } value)
        {
            return true;
        }
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number) || number < 1)
        {
            return false;
        }
        count = number;
        return true;
    }

    private static bool TryReadFlag(JsonElement body, string name, out bool flag)
    {
        var value = Find(body, name);
        flag = value?.ValueKind == JsonValueKind.True;
        return value is null or { ValueKind: JsonValueKind.True or JsonValueKind.False };
    }
}
