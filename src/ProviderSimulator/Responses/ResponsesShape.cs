using System.Text.Json;
using Platform.ProviderSimulator.Chat;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Responses;

/// <summary><c>POST /v1/responses</c> as OpenAI speaks it; keys and errors are those of its chat.</summary>
internal class ResponsesShape(ResponsesMemory memory) : ChatShape
{
    protected ResponsesMemory Memory => memory;

    public override (ModelRequest? Request, ProviderError? Error) Read(HttpRequest http, JsonElement body) => ResponsesRequest.Read(body, memory);

    public override StreamEvents Stream(Call call) => new ResponseEvents(call, memory);

    public override void WritePlain(Utf8JsonWriter writer, Call call)
    {
        Keep(call, memory);
        ResponseBody.Write(writer, call, ResponseBody.EndOf(call));
    }

    /// <summary>Before its id is told, so that a request which refers to it finds it.</summary>
    public static void Keep(Call call, ResponsesMemory memory)
    {
        if (((ResponsesRequest)call.Request).Store)
        {
            var usage = call.UsageOf(call.OutputTokens);
            memory.Keep(call.Id, usage.PromptTokens + usage.CompletionTokens, usage.CompletionTokens);
        }
    }
}

/// <summary><c>POST /openai/v1/responses</c> as Azure speaks it: the key has a header of its own, and the body's model is a deployment.</summary>
internal sealed class AzureResponsesShape(ResponsesMemory memory) : ResponsesShape(memory)
{
    public override ProviderError MissingKey => AzureDeployment.MissingKey;

    public override string? ReadKey(HttpRequest request) => ApiKey.ReadHeader(request, AzureDeployment.KeyHeader);

    public override (ModelRequest? Request, ProviderError? Error) Read(HttpRequest http, JsonElement body) =>
        AzureDeployment.ModelOf(Fields.Text(body, "model") ?? "") is { } model ? ResponsesRequest.Read(body, Memory, model) : (null, AzureDeployment.Unknown);
}
