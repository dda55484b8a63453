namespace Platform.Routing.Catalogue;

/// <summary>
/// How one provider is reached: <c>Providers:&lt;name&gt;:BaseUrl</c> and <c>ApiKey</c>. The key is a secret from the environment; it is sent to the provider
/// and nowhere else.
/// </summary>
public sealed class ProviderSettings
{
    private const int HintCharacters = 4;

    /// <summary>Absolute, without the <c>/v1</c>.</summary>
    public string BaseUrl { get; set; } = "";

    public string ApiKey { get; set; } = "";

    /// <summary>The key's last four characters, as provider bills name keys; empty when there is no key or it is too short to hide.</summary>
    public string KeyHint => ApiKey.Length >= 3 * HintCharacters ? ApiKey[^HintCharacters..] : "";

    public Uri ChatCompletions => new(BaseUrl.TrimEnd('/') + "/v1/chat/completions");
}

/// <summary>All providers' settings by name.</summary>
public sealed class ProviderOptions
{
    public const string Section = "Providers";

    public Dictionary<string, ProviderSettings> Providers { get; } = [];

    /// <summary>Null when the provider is not set up completely.</summary>
    public ProviderSettings? Find(string name) =>
        Providers.TryGetValue(name, out var settings) && settings.BaseUrl.Length > 0 && settings.ApiKey.Length > 0 ? settings : null;

    /// <summary>Names what is wrong with the addresses; a provider may be left out, a wrong one may not.</summary>
    internal static bool AreValid(ProviderOptions options) => options.Providers.Values.All(
        settings => settings.BaseUrl.Length == 0 || (Uri.TryCreate(settings.BaseUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"));
}
