using Platform.Routing.Attempts;
using Platform.Routing.Providers;

namespace Platform.Routing.Shapes;

/// <summary>How OpenAI's shapes are sent.</summary>
internal static class OpenAiUpstream
{
    public static HttpRequestMessage NewRequest(Attempt attempt, Uri address)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address);
        ProviderCredentials.AddTo(request, attempt.Target.Provider.Kind, attempt.ProviderKey);
        return request;
    }
}
