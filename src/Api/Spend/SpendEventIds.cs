using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Spend;

/// <summary>
/// Ids for the events of one request that have none. They follow from the request's key and from what the event says, not from its place: sent again under the same key it is the same event, wherever
/// it stands then, and another event under a used key is another one, never taken for a repeat. Of equal events in a request each is one of its own.
/// </summary>
internal sealed class SpendEventIds(string key)
{
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);

    /// <param name="usage">Whole but for its id.</param>
    /// <param name="isDated">False where its time is the request's own: sent again it has a later one.</param>
    public string Next(UsageEvent usage, bool isDated)
    {
        var given = usage.Clone();
        given.OccurredAt = isDated ? given.OccurredAt : null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        hash.AppendData(given.ToByteArray());
        var id = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
        var before = _seen.GetValueOrDefault(id);
        _seen[id] = before + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{id}/{before}");
    }
}
