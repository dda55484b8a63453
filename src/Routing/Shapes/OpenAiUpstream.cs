using Platform.Routing.Attempts;
using Platform.Routing.Policies;
using Platform.Routing.Providers;

namespace Platform.Routing.Shapes;

/// <summary>
/// Where OpenAI's shapes go: <c>/v1/…</c>; at Azure the deployment's own address with the interface's version
/// (https://learn.microsoft.com/azure/ai-foundry/openai/reference).
/// </summary>
internal static class OpenAiUpstream
{
    /// <param name="operation">Such as <c>chat/completions</c>.</param>
    public static HttpRequestMessage NewRequest(Attempt attempt, string operation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(attempt.Target, operation));
        ProviderCredentials.AddTo(request, attempt.Target.Provider.Kind, attempt.ProviderKey);
        return request;
    }

    public static string AddressOf(RouteTarget target, string operation) => target.Provider is { Kind: ProviderKind.AzureOpenAi } azure
        ? $"{azure.BaseUrl}/openai/deployments/{Uri.EscapeDataString(target.Deployment)}/{operation}?api-version={Uri.EscapeDataString(azure.ApiVersion)}"
        : $"{target.Provider.BaseUrl}/v1/{operation}";
}
