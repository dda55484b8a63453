namespace Platform.Routing.Policies;

/// <summary>
/// How one provider is reached where the policy does not say: <c>Providers:&lt;name&gt;:BaseUrl</c> and <c>ApiKey</c>, a secret from the environment.
/// </summary>
public sealed class ProviderSettings
{
    /// <summary>Absolute, without the <c>/v1</c>.</summary>
    public string BaseUrl { get; set; } = "";

    public string ApiKey { get; set; } = "";
}

/// <summary>All providers' settings by name.</summary>
public sealed class ProviderOptions
{
    public const string Section = "Providers";

    public Dictionary<string, ProviderSettings> Providers { get; } = [];

    /// <summary>A provider may be left out, a wrong address may not be given.</summary>
    internal static bool AreValid(ProviderOptions options) =>
        options.Providers.Values.All(settings => settings.BaseUrl.Length == 0 || ProviderAddress.TryRead(settings.BaseUrl, out _));
}
