using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Generation;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Responses;

/// <summary>A request for a response.</summary>
internal sealed record ResponsesRequest(string Model, ModelPrice Price, int PromptTokens, ulong Seed) : ModelRequest(Model, Price, PromptTokens, Seed)
{
    private const int LeastCap = 16;

    /// <summary>Whether requests to come may refer to the response.</summary>
    public bool Store { get; init; }

    /// <summary>Null without.</summary>
    public string? Previous { get; init; }

    /// <summary>Null without.</summary>
    public string? Instructions { get; init; }

    public override bool StatesCacheWrites => true;

    /// <summary>Reads a request body; exactly one of the two results is not null.</summary>
    /// <param name="deployment">The model, where the body names a deployment of it.</param>
    public static (ResponsesRequest? Request, OpenAiError? Error) Read(JsonElement body, ResponsesMemory memory, string? deployment = null)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return Refuse("The body must be a JSON object.");
        }
        if ((deployment ?? Fields.Text(body, "model")) is not { } name)
        {
            return Refuse("Missing required parameter: 'model'.", "model", "missing_required_parameter");
        }
        if (!PriceTable.TryGet(name, out var price) || price.Vendor != Vendor.OpenAi)
        {
            return (null, OpenAiError.UnknownModel(name));
        }
        if (!Fields.TryReadCount(body, "max_output_tokens", out var cap, LeastCap))
        {
            return Refuse($"Invalid 'max_output_tokens': expected a whole number of at least {LeastCap}.", "max_output_tokens", "integer_below_min_value");
        }
        if (!Fields.TryReadFlag(body, "stream", out var stream))
        {
            return Refuse("'stream' must be true or false.", "stream");
        }
        if (!Fields.TryReadTier(body, price, out var tier))
        {
            return Refuse("Invalid service_tier argument: this model has no such tier.", "service_tier");
        }
        var prompt = ReadPrompt(body, new ResponsesPrompt(name, price.ImageTokens, memory));
        if (prompt.Problem is { } problem)
        {
            return (null, problem);
        }
        var request = new ResponsesRequest(name, price, prompt.Tokens, prompt.Seed)
        {
            MaxTokens = cap,
            Stream = stream,
            ServiceTier = tier,
            Store = Fields.Find(body, "store")?.ValueKind != JsonValueKind.False,
            Previous = Fields.Text(body, "previous_response_id"),
            Instructions = Fields.Text(body, "instructions"),
        };
        return (WithSpeech(body, request), null);
    }

    private static ResponsesPrompt ReadPrompt(JsonElement body, ResponsesPrompt prompt)
    {
        if (Fields.Text(body, "previous_response_id") is { } previous)
        {
            prompt.AddPrevious(previous);
        }
        if (Fields.Text(body, "instructions") is { } instructions)
        {
            prompt.AddText("developer", instructions);
        }
        if (Fields.List(body, "tools") is { } tools)
        {
            prompt.AddText("tools", tools.GetRawText());
        }
        if (Fields.Find(body, "input") is { } input)
        {
            prompt.AddInput(input);
        }
        return prompt;
    }

    /// <summary>
    /// A function is called when there is one that may be, unless the last item is what one has answered. A text format with a schema is followed. All else is answered in words.
    /// </summary>
    private static ResponsesRequest WithSpeech(JsonElement body, ResponsesRequest request)
    {
        var input = Fields.List(body, "input");
        var answersTool = input is { } items && items.GetArrayLength() > 0 && Fields.Text(items[items.GetArrayLength() - 1], "type") is "function_call_output";
        if (!answersTool && Fields.List(body, "tools") is { } tools && Fields.Text(body, "tool_choice") != "none" && Choose(body, tools) is { } function)
        {
            return request with { Tool = Fields.Text(function, "name") ?? "", Speech = Speech.Of(Fields.Find(function, "parameters"), request.Seed) };
        }
        var format = Fields.Find(body, "text") is { ValueKind: JsonValueKind.Object } text ? Fields.Find(text, "format") : null;
        return format is { ValueKind: JsonValueKind.Object } named && Fields.Text(named, "type") is "json_schema" or "json_object"
            ? request with { Speech = Speech.Of(Fields.Find(named, "schema"), request.Seed) }
            : request;
    }

    /// <summary>The function that the choice names, else the first.</summary>
    private static JsonElement? Choose(JsonElement body, JsonElement tools)
    {
        var wanted = Fields.Find(body, "tool_choice") is { } choice ? Fields.Text(choice, "name") : null;
        foreach (var tool in tools.EnumerateArray())
        {
            if (Fields.Text(tool, "type") == "function" && (wanted is null || Fields.Text(tool, "name") == wanted))
            {
                return tool;
            }
        }
        return null;
    }

    private static (ResponsesRequest? Request, OpenAiError? Error) Refuse(string message, string? param = null, string? code = null) =>
        (null, OpenAiError.BadRequest(message, param, code));
}
