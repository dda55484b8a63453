using System.Text.Json;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Chat;

/// <summary>
/// <c>POST /openai/deployments/{deployment}/chat/completions?api-version=</c> as Azure speaks it: the key has a header of its own, and the address names what answers.
/// </summary>
internal sealed class AzureChatShape : ChatShape
{
    public override ProviderError MissingKey => AzureDeployment.MissingKey;

    public override string? ReadKey(HttpRequest request) => ApiKey.ReadHeader(request, AzureDeployment.KeyHeader);

    public override (ModelRequest? Request, ProviderError? Error) Read(HttpRequest http, JsonElement body) =>
        AzureDeployment.TryRead(http, out var model) is { } error ? (null, error) : ChatRequest.Read(body, model);
}
