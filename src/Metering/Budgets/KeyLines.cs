using System.Collections.Frozen;
using Platform.Contracts.Identity.V1;

namespace Platform.Metering.Budgets;

/// <summary>Which key replaced which: Wallet, over the network.</summary>
internal interface IKeySource
{
    /// <summary>Every key with the one that it was made to replace; empty for none.</summary>
    Task<IReadOnlyCollection<(string KeyId, string Replaces)>> ReadKeysAsync(CancellationToken cancellationToken);
}

/// <summary>Asks Wallet's identity service under this service's own token.</summary>
internal sealed class IdentityKeySource(Identity.IdentityClient identity, TimeProvider time) : IKeySource
{
    private const int PageSize = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyCollection<(string KeyId, string Replaces)>> ReadKeysAsync(CancellationToken cancellationToken)
    {
        var keys = new List<(string, string)>();
        var request = new ListKeysRequest { PageSize = PageSize };
        do
        {
            using var call = identity.ListKeysAsync(request, deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellationToken);
            var page = await call;
            keys.AddRange(page.Keys.Select(key => (key.KeyId, key.ReplacesKeyId)));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return keys;
    }
}

/// <summary>
/// A key stands for all that it was rotated from and to, as it does for caps: a rotation changes the secret, not the budget. Which key is the first of its line never
/// changes, so a known one needs no question; an unknown one is asked for once.
/// </summary>
internal sealed class KeyLines(IKeySource source)
{
    private FrozenDictionary<string, string> _first = FrozenDictionary<string, string>.Empty;

    /// <summary>The first key of each one's line; a key that nobody knows is its own.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE when there are unknown ids and Wallet does not answer: nothing is counted wrong for that.</exception>
    public async Task<IReadOnlyDictionary<string, string>> FindFirstAsync(IReadOnlyCollection<string> keyIds, CancellationToken cancellationToken)
    {
        if (keyIds.Any(id => !_first.ContainsKey(id)))
        {
            await ReadAsync(keyIds, cancellationToken);
        }

        return _first;
    }

    /// <summary>All keys of one's line, itself among them.</summary>
    public async Task<string[]> ReadLineAsync(string keyId, CancellationToken cancellationToken)
    {
        await ReadAsync([keyId], cancellationToken);
        var first = _first[keyId];
        return [.. _first.Where(pair => pair.Value == first).Select(pair => pair.Key)];
    }

    private async Task ReadAsync(IEnumerable<string> asked, CancellationToken cancellationToken)
    {
        var replaces = (await source.ReadKeysAsync(cancellationToken)).ToDictionary(key => key.KeyId, key => key.Replaces, StringComparer.Ordinal);
        _first = replaces.Keys.Concat(_first.Keys).Concat(asked).Distinct(StringComparer.Ordinal).ToFrozenDictionary(id => id, First, StringComparer.Ordinal);

        string First(string id)
        {
            while (replaces.TryGetValue(id, out var before) && before.Length > 0)
            {
                id = before;
            }

            return id;
        }
    }
}
