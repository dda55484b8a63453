using System.Runtime.CompilerServices;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes;

/// <summary>
/// Where a target's interfaces are, read once and not for every call: OpenAI's at <c>/v1/…</c>, or where its provider says; at Azure the deployment's own address with the
/// interface's version (https://learn.microsoft.com/azure/ai-foundry/openai/reference), but for responses, whose address has neither (https://learn.microsoft.com/azure/foundry/openai/how-to/responses).
/// </summary>
internal sealed class UpstreamAddresses
{
    private static readonly ConditionalWeakTable<RouteTarget, UpstreamAddresses> Known = [];

    private UpstreamAddresses(RouteTarget target)
    {
        Chat = OpenAi(target, "chat/completions");
        Embeddings = OpenAi(target, "embeddings");
        Responses = new Uri(target.Provider.Kind == ProviderKind.AzureOpenAi ? $"{target.Provider.BaseUrl}/openai/v1/responses" : $"{target.Provider.BaseUrl}{target.Provider.ApiPath}/responses");
        Messages = new Uri($"{target.Provider.BaseUrl}/v1/messages");
        CountTokens = new Uri($"{target.Provider.BaseUrl}/v1/messages/count_tokens");
    }

    public Uri Chat { get; }

    public Uri Embeddings { get; }

    public Uri Responses { get; }

    public Uri Messages { get; }

    public Uri CountTokens { get; }

    /// <param name="target">Of a provider whose address is known.</param>
    public static UpstreamAddresses Of(RouteTarget target) => Known.TryGetValue(target, out var known) ? known : Known.GetValue(target, key => new UpstreamAddresses(key));

    private static Uri OpenAi(RouteTarget target, string operation) => new(target.Provider is { Kind: ProviderKind.AzureOpenAi } azure
        ? $"{azure.BaseUrl}/openai/deployments/{Uri.EscapeDataString(target.Deployment)}/{operation}?api-version={Uri.EscapeDataString(azure.ApiVersion)}"
        : $"{target.Provider.BaseUrl}{target.Provider.ApiPath}/{operation}");
}
