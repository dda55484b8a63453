using System.Collections.Concurrent;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Controls;

/// <summary>
/// The caps in this replica's memory, by whom they limit. The <see cref="CapFeed"/> brings it up to date. It says which caps apply and which accounts are theirs;
/// the limits themselves are read behind the accounts' locks, so a limit that changed is never judged from memory.
/// </summary>
internal sealed class CapDirectory
{
    private readonly Dictionary<string, KnownCap> _byId = [];
    private readonly Lock _changing = new();
    private ConcurrentDictionary<(CapScope, string), KnownCap[]> _bySubject = new();
    private long _revision;
    private volatile bool _any;
    private volatile bool _anyOnKeys;

    public long Revision => Volatile.Read(ref _revision);

    /// <summary>False while there has never been a cap: then no hold has cap accounts, and none need be looked for.</summary>
    public bool Any => _any;

    /// <summary>False while there has never been a cap on a key.</summary>
    public bool AnyOnKeys => _anyOnKeys;

    /// <summary>Takes over what changed up to a revision. An answer that was overtaken by a newer one changes nothing back.</summary>
    public void Apply(IReadOnlyList<CapRow> changes)
    {
        lock (_changing)
        {
            foreach (var cap in changes)
            {
                if (_byId.TryGetValue(cap.CapId, out var known) && known.Row.Revision >= cap.Revision)
                {
                    continue;
                }

                var changed = new KnownCap(cap) { Account = known?.Account };
                _byId[cap.CapId] = changed;
                var others = _bySubject.GetValueOrDefault((cap.Scope, cap.ScopeId), []).Where(other => other.Row.CapId != cap.CapId);
                _bySubject[(cap.Scope, cap.ScopeId)] = cap.Active ? [.. others, changed] : [.. others];
                _any = true;
                _anyOnKeys |= cap.Scope == CapScope.Key;

                // Last: whoever sees the revision finds all that belongs to it.
                Volatile.Write(ref _revision, Math.Max(_revision, cap.Revision));
            }
        }
    }

    /// <summary>
    /// Begins anew with all caps there are, and without the accounts that were known: none of them need be there in a database that was set back. No call finds fewer caps in between.
    /// </summary>
    public void Load(IReadOnlyList<CapRow> all)
    {
        lock (_changing)
        {
            _byId.Clear();
            foreach (var cap in all)
            {
                _byId.Add(cap.CapId, new KnownCap(cap));
            }

            Volatile.Write(
                ref _bySubject, new(_byId.Values.Where(cap => cap.Row.Active).GroupBy(cap => (cap.Row.Scope, cap.Row.ScopeId), (subject, caps) => KeyValuePair.Create(subject, caps.ToArray()))));
            _any |= all.Count > 0;
            _anyOnKeys |= all.Any(cap => cap.Scope == CapScope.Key);
            Volatile.Write(ref _revision, all.Select(cap => cap.Revision).DefaultIfEmpty().Max());
        }
    }

    /// <summary>A cap by its id; null when it is not known here yet.</summary>
    public CapRow? Find(string capId)
    {
        lock (_changing)
        {
            return _byId.GetValueOrDefault(capId)?.Row;
        }
    }

    /// <summary>The active caps that a call is under: the organisation's, its team's, its user's, its key's.</summary>
    public IReadOnlyList<KnownCap> For(CapSubject subject)
    {
        if (!_any)
        {
            return [];
        }

        var bySubject = Volatile.Read(ref _bySubject);
        var found = new List<KnownCap>();
        Add(CapScope.Organisation, "");
        AddNamed(CapScope.Team, subject.TeamId);
        AddNamed(CapScope.User, subject.UserId);
        AddNamed(CapScope.Key, subject.KeyId);
        return found;

        void AddNamed(CapScope scope, string id)
        {
            if (id.Length > 0)
            {
                Add(scope, id);
            }
        }

        void Add(CapScope scope, string id)
        {
            if (bySubject.TryGetValue((scope, id), out var caps))
            {
                found.AddRange(caps);
            }
        }
    }
}

/// <summary>A cap and the account that it was last counted in.</summary>
internal sealed class KnownCap(CapRow row)
{
    private OpenAccount? _account;

    public CapRow Row { get; } = row;

    /// <summary>Null until a call needs one. Replaced when its period is over.</summary>
    public OpenAccount? Account
    {
        get => Volatile.Read(ref _account);
        set => Volatile.Write(ref _account, value);
    }
}

/// <summary>The account of one period of a cap.</summary>
internal sealed record OpenAccount(long AccountId, Contracts.CalendarPeriod Period);
