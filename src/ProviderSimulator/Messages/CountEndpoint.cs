using System.Text.Json;
using System.Text.Json.Serialization;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Messages;

/// <summary><c>POST /v1/messages/count_tokens</c>: how many tokens a message would have. Free, and without faults.</summary>
internal static class CountEndpoint
{
    private static readonly MessagesShape Shape = new();

    public static async Task HandleAsync(HttpContext context)
    {
        if (Shape.ReadKey(context.Request) is null)
        {
            await AnthropicError.MissingKey.WriteAsync(context.Response);
            return;
        }
        var (request, error) = await ReadAsync(context);
        if (request is null)
        {
            await error!.WriteAsync(context.Response);
            return;
        }
        await context.Response.WriteAsJsonAsync(new Count(request.PromptTokens), CountJson.Default.Count, cancellationToken: context.RequestAborted);
    }

    private static async Task<(MessagesRequest? Request, ProviderError? Error)> ReadAsync(HttpContext context)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            return context.Request.Headers.ContainsKey(MessagesShape.VersionHeader)
                ? MessagesRequest.Read(body.RootElement, isCounted: true)
                : (null, AnthropicError.BadRequest($"{MessagesShape.VersionHeader}: header is required"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return (null, AnthropicError.BadRequest("The request body is not valid JSON."));
        }
    }
}

internal sealed record Count(int InputTokens);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Count))]
internal sealed partial class CountJson : JsonSerializerContext;
