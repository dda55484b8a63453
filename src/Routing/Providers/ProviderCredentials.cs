using Platform.Routing.Policies;

namespace Platform.Routing.Providers;

/// <summary>How a provider's key travels, by the provider's kind.</summary>
internal static class ProviderCredentials
{
    /// <summary>Puts the key where the provider looks for it; nothing for one that asks for none.</summary>
    public static void AddTo(HttpRequestMessage request, ProviderKind kind, ProviderKey key)
    {
        if (key.Secret.Length == 0)
        {
            return;
        }

        switch (kind)
        {
            case ProviderKind.OpenAi or ProviderKind.Compatible:
                request.Headers.TryAddWithoutValidation("Authorization", key.Bearer);
                break;
            case ProviderKind.AzureOpenAi:
                request.Headers.TryAddWithoutValidation("api-key", key.Secret);
                break;
            case ProviderKind.Anthropic:
                request.Headers.TryAddWithoutValidation("x-api-key", key.Secret);
                break;
        }
    }
}
