namespace Platform.Routing.Health;

/// <summary>
/// Until when a target is to be left alone by a provider's key (429): what a provider limits is an account's, so that one team's key has had enough says nothing of another's. Not for several threads.
/// </summary>
internal sealed class RestingKeys
{
    /// <summary>More than a policy has keys: what is left are keys whose rest may be over.</summary>
    private const int MostKept = 10_000;

    private readonly Dictionary<string, (TimeSpan Until, bool IsTeams)> _rests = new(StringComparer.Ordinal);

    /// <summary>Zero when it does not rest. Without a key, that of the provider's own which rests longest.</summary>
    public TimeSpan Until(in TargetAccess access) =>
        _rests.Count == 0 ? TimeSpan.Zero
        : access.Key is { } key ? _rests.GetValueOrDefault(key.Secret).Until
        : _rests.Values.Where(rest => !rest.IsTeams).Select(rest => rest.Until).DefaultIfEmpty().Max();

    /// <summary>Never for less than it asked for before: what calls that were under way together are told comes in any order, and of several limits each says its own time.</summary>
    public void Rest(in TargetAccess access, TimeSpan until)
    {
        if (_rests.Count >= MostKept)
        {
            _rests.Clear();
        }

        var key = access.Key?.Secret ?? "";
        var before = _rests.GetValueOrDefault(key).Until;
        _rests[key] = (before > until ? before : until, access.IsTeams);
    }
}
