using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Generation;

namespace Platform.ProviderSimulator.Wire;

/// <summary>What of a request decides its answer and its bill, whatever its shape.</summary>
/// <param name="Model">A model of the price table.</param>
/// <param name="Price">Its price.</param>
/// <param name="PromptTokens">By <see cref="TokenRule"/>.</param>
/// <param name="Seed">By <see cref="PromptSeed"/> over model and prompt.</param>
internal abstract record ModelRequest(string Model, ModelPrice Price, int PromptTokens, ulong Seed)
{
    /// <summary>The tier of service that is asked for; null when the request does not say, and then the answer does not either.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>The most that may be generated; null when the request does not say.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Whether to answer in server-sent events.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether it has <c>stream_options</c>, which not every server takes.</summary>
    public bool HasStreamOptions { get; init; }

    public Speech Speech { get; init; } = Speech.Words(Seed);

    /// <summary>The tool that the speech is the arguments of; null when it is for people.</summary>
    public string? Tool { get; init; }

    /// <summary>Whether the answer counts what was written to a cache, though it costs what input does.</summary>
    public virtual bool StatesCacheWrites => false;

    /// <summary>Prompt tokens that the request asks to be cached, for five minutes and for an hour.</summary>
    public (int Minutes, int Hour) ToCache { get; init; }
}
