namespace Platform.Routing.Catalogue;

/// <summary>A public model name and where it goes.</summary>
/// <param name="Name">What callers ask for.</param>
/// <param name="UpstreamModel">What the provider is asked for, and priced as.</param>
/// <param name="DefaultMaxOutputTokens">The output cap that is sent when the caller names none.</param>
/// <param name="MaxOutputTokens">The most that is ever sent; a caller's higher cap is cut to it.</param>
/// <param name="OverheadTokens">Input tokens that the provider may add to what the request's bytes can amount to.</param>
/// <param name="OutputCapField">The request's field that carries the cap when the caller names none.</param>
internal sealed record CatalogueModel(
    string Name, string Provider, string UpstreamModel, string Lane, int DefaultMaxOutputTokens, int MaxOutputTokens, int OverheadTokens,
    string OutputCapField, DateTimeOffset CreatedAt);

/// <summary>What the gateway serves, as of one revision. Immutable: a call keeps the one that it began with.</summary>
internal sealed record CatalogueSnapshot(long Revision, IReadOnlyList<string> Providers, IReadOnlyDictionary<string, CatalogueModel> Models);
