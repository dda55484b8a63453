using System.Collections.Concurrent;

namespace Platform.ServiceDefaults.Identity;

/// <summary>
/// Keys by the hash of their secret, with the teams that are frozen and the users who are disabled. Many may ask while one changes it; a lookup hashes the
/// secret once, allocates nothing and waits for nobody.
/// </summary>
public sealed class KeyTable
{
    private readonly ConcurrentDictionary<KeyHash, Entry> _keys = new();
    private readonly ConcurrentDictionary<string, KeyHash> _secrets = new(StringComparer.Ordinal);

    // By the first key of a line, the ids of those that were rotated from it and are not revoked, the newest first: ids follow each other in time.
    private readonly ConcurrentDictionary<string, string[]> _successors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _frozenTeams = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _disabledUsers = new(StringComparer.Ordinal);

    /// <summary>A new key, or what is now known of one. Tell of a frozen team or a disabled user first, so that its keys are never usable in between.</summary>
    public void SetKey(KeyHash secret, Caller caller, DateTimeOffset? expiresAt, bool frozen)
    {
        _keys[secret] = new Entry(caller, expiresAt, frozen);
        _secrets[caller.KeyId] = secret;
        if (caller.KeyId != caller.LineKeyId)
        {
            _successors.AddOrUpdate(
                caller.LineKeyId, [caller.KeyId], (_, known) => known.Contains(caller.KeyId) ? known : [.. known.Append(caller.KeyId).OrderDescending(StringComparer.Ordinal)]);
        }
    }

    public void RemoveKey(KeyHash secret)
    {
        if (_keys.TryRemove(secret, out var entry))
        {
            _secrets.TryRemove(new KeyValuePair<string, KeyHash>(entry.Caller.KeyId, secret));
            if (entry.Caller.KeyId != entry.Caller.LineKeyId)
            {
                _successors.AddOrUpdate(entry.Caller.LineKeyId, [], (_, known) => [.. known.Where(keyId => keyId != entry.Caller.KeyId)]);
            }
        }
    }

    public void SetTeam(string teamId, bool frozen) => Set(_frozenTeams, teamId, frozen);

    public void SetUser(string userId, bool disabled) => Set(_disabledUsers, userId, disabled);

    /// <param name="now">Of the process that is called.</param>
    /// <param name="caller">Null only when the token is unknown.</param>
    public KeyStanding Find(string secret, DateTimeOffset now, out Caller? caller) => Find(KeyHash.Of(secret), now, out caller);

    /// <summary>
    /// As <see cref="Find(string, DateTimeOffset, out Caller?)"/>, for work that a key has handed in earlier. For a key that has ended the newest of those that it was rotated to and that have not answers: a
    /// rotation changes a secret, not whose work it is. A frozen key stays what it is.
    /// </summary>
    public KeyStanding FindById(string keyId, DateTimeOffset now, out Caller? caller)
    {
        caller = null;
        if (!_secrets.TryGetValue(keyId, out var secret))
        {
            return KeyStanding.Unknown;
        }

        var standing = Find(secret, now, out caller);
        if (standing != KeyStanding.Expired || (_keys.TryGetValue(secret, out var ended) && ended.Frozen) || !_successors.TryGetValue(caller!.LineKeyId, out var successors))
        {
            return standing;
        }

        foreach (var successor in successors)
        {
            if (_secrets.TryGetValue(successor, out var other) && Find(other, now, out var found) is var told and not (KeyStanding.Expired or KeyStanding.Unknown))
            {
                (standing, caller) = (told, found);
                break;
            }
        }

        return standing;
    }

    private KeyStanding Find(KeyHash secret, DateTimeOffset now, out Caller? caller)
    {
        caller = null;
        if (!_keys.TryGetValue(secret, out var entry))
        {
            return KeyStanding.Unknown;
        }

        caller = entry.Caller;
        return entry.ExpiresAt <= now ? KeyStanding.Expired
            : entry.Frozen ? KeyStanding.KeyFrozen
            : caller.UserId.Length > 0 && _disabledUsers.ContainsKey(caller.UserId) ? KeyStanding.UserDisabled
            : caller.TeamId.Length > 0 && _frozenTeams.ContainsKey(caller.TeamId) ? KeyStanding.TeamFrozen
            : KeyStanding.Usable;
    }

    private static void Set(ConcurrentDictionary<string, bool> set, string id, bool present)
    {
        if (present)
        {
            set[id] = true;
        }
        else
        {
            set.TryRemove(id, out _);
        }
    }

    private sealed record Entry(Caller Caller, DateTimeOffset? ExpiresAt, bool Frozen);
}
