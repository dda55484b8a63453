using System.Collections.Concurrent;

namespace Platform.ProviderSimulator.Responses;

/// <summary>
/// What the provider keeps of its responses, for requests that refer to them: how many tokens their context was, and their own. By the part of an id that follows its prefix, which a response shares
/// with its items.
/// </summary>
internal sealed class ResponsesMemory
{
    private const int MostKept = 100_000;

    private readonly ConcurrentDictionary<string, (int Context, int Output)> kept = new(StringComparer.Ordinal);

    public void Keep(string id, int contextTokens, int outputTokens)
    {
        if (kept.Count >= MostKept)
        {
            kept.Clear();
        }
        kept[id] = (contextTokens, outputTokens);
    }

    /// <summary>Tokens of a response with all that came before it; null when it is not kept.</summary>
    public int? ContextOf(string responseId) => Find(responseId)?.Context;

    /// <summary>Tokens of one item that was an answer; null when it is not kept.</summary>
    public int? OutputOf(string itemId) => Find(itemId)?.Output;

    private (int Context, int Output)? Find(string id) =>
        id.IndexOf('_', StringComparison.Ordinal) is var prefix and > 0 && kept.TryGetValue(id[(prefix + 1)..], out var found) ? found : null;
}
