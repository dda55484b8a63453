using System.Net.Http.Headers;
using Platform.Routing.Attempts;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes;

/// <summary>
/// Where OpenAI's shapes go: <c>/v1/…</c> with a bearer key; at Azure the deployment's own address with the interface's version, and the key in a header of its own
/// (https://learn.microsoft.com/azure/ai-foundry/openai/reference).
/// </summary>
internal static class OpenAiUpstream
{
    /// <param name="operation">Such as <c>chat/completions</c>.</param>
    public static HttpRequestMessage NewRequest(Attempt attempt, string operation)
    {
        var (provider, secret) = (attempt.Target.Provider, attempt.ProviderKey.Secret);
        if (provider.Kind == ProviderKind.AzureOpenAi)
        {
            var address = $"{provider.BaseUrl}/openai/deployments/{Uri.EscapeDataString(attempt.Target.Deployment)}/{operation}?api-version={Uri.EscapeDataString(provider.ApiVersion)}";
            var azure = new HttpRequestMessage(HttpMethod.Post, address);
            if (secret.Length > 0)
            {
                azure.Headers.TryAddWithoutValidation("api-key", secret);
            }

            return azure;
        }

        var request = new HttpRequestMessage(HttpMethod.Post, provider.BaseUrl + "/v1/" + operation);
        if (secret.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }

        return request;
    }
}
