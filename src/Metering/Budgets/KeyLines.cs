using System.Collections.Frozen;
using Platform.Contracts;
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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyCollection<(string KeyId, string Replaces)>> ReadKeysAsync(CancellationToken cancellationToken) =>
        await PageRequest.ReadAllAsync<(string, string)>(async token =>
        {
            var request = new ListKeysRequest { PageSize = PageRequest.LargestSize, PageToken = token };
            using var call = identity.ListKeysAsync(request, deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellationToken);
            var page = await call;
            return (page.Keys.Select(key => (key.KeyId, key.ReplacesKeyId)), page.NextPageToken);
        });
}

/// <summary>
/// A key stands for all that it was rotated from and to, as it does for caps: a rotation changes the secret, not the budget, nor what a rule of classes takes. Which key is the first of its line never
/// changes, so a known one needs no question; an unknown one is asked for once.
/// </summary>
internal sealed class KeyLines(IKeySource source)
{
    /// <summary>Of ids that Wallet does not know, so many are remembered: whoever tells of usage may make some up.</summary>
    private const int MostUnknown = 100_000;

    private readonly SemaphoreSlim _reading = new(1, 1);
    private FrozenDictionary<string, string> _first = FrozenDictionary<string, string>.Empty;

    /// <summary>The first key of each one's line; a key that nobody knows is its own.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE when there are unknown ids and Wallet does not answer: nothing is counted wrong for that.</exception>
    public async Task<IReadOnlyDictionary<string, string>> FindFirstAsync(IReadOnlyCollection<string> keyIds, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _first) is var known && keyIds.All(known.ContainsKey))
        {
            return known;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            // Whoever asked before may have learnt these too.
            return keyIds.All(_first.ContainsKey) ? _first : await ReadAsync(keyIds, cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>All keys of these ones' lines, themselves among them, as Wallet knows them now.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE when Wallet does not answer.</exception>
    public async Task<string[]> ReadLinesAsync(IReadOnlyCollection<string> keyIds, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var first = await ReadAsync(keyIds, cancellationToken);
            var lines = keyIds.Select(id => first[id]).ToHashSet(StringComparer.Ordinal);
            return [.. first.Where(pair => lines.Contains(pair.Value)).Select(pair => pair.Key)];
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<FrozenDictionary<string, string>> ReadAsync(IReadOnlyCollection<string> asked, CancellationToken cancellationToken)
    {
        var replaces = (await source.ReadKeysAsync(cancellationToken)).ToDictionary(key => key.KeyId, key => key.Replaces, StringComparer.Ordinal);
        var remembered = _first.Count <= replaces.Count + MostUnknown ? _first.Keys : [];
        var first = replaces.Keys.Concat(remembered).Concat(asked).Distinct(StringComparer.Ordinal).ToFrozenDictionary(id => id, First, StringComparer.Ordinal);
        Volatile.Write(ref _first, first);
        return first;

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
