namespace Platform.Routing.Policies;

/// <summary>Finds the keys that policies refer to.</summary>
/// <param name="environment">The value of a variable of the process; null when there is none.</param>
internal sealed class ProviderSecrets(ProviderOptions settings, Func<string, string?> environment, SecretFiles files)
{
    public const string EnvironmentPrefix = "env:";

    /// <summary>A file of the folder of keys; its name ends in api_key, with what separators it likes, for the same reason as a variable's.</summary>
    public const string FilePrefix = "file:";

    /// <summary>What a variable's name must end in, so that a policy cannot have other secrets of the service sent somewhere.</summary>
    public const string VariableSuffix = "_API_KEY";

    /// <summary>For a provider that asks for no key.</summary>
    public const string NoKey = "none";

    /// <summary>
    /// The key that a reference leads to; null when it leads nowhere. Empty leads to the service's configuration, whose key goes only to the address that is
    /// configured with it.
    /// </summary>
    /// <param name="address">Where the provider is; null when nobody says.</param>
    public ProviderKey? Find(string provider, string? address, string reference) =>
        reference == NoKey ? new ProviderKey("")
        : reference.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) ? ToKey(environment(reference[EnvironmentPrefix.Length..]))
        : reference.StartsWith(FilePrefix, StringComparison.Ordinal) ? ToKey(files.Read(reference[FilePrefix.Length..]))
        : AddressOf(provider) is { } configured && configured == address ? ToKey(settings.Providers[provider].ApiKey)
        : null;

    /// <summary>The configured address; null when there is none.</summary>
    public string? AddressOf(string provider) =>
        settings.Providers.TryGetValue(provider, out var known) && ProviderAddress.TryRead(known.BaseUrl, out var address) ? address : null;

    /// <summary>False of what no header can carry.</summary>
    public static bool IsSendable(string key) => key.All(character => character is > ' ' and <= '~');

    private static ProviderKey? ToKey(string? secret) => secret?.Trim() is { Length: > 0 } key && IsSendable(key) ? new ProviderKey(key) : null;
}
