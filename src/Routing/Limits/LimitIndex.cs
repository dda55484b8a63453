using Platform.Routing.Policies;

namespace Platform.Routing.Limits;

/// <summary>The limits of one version of the policy, by what they are of, so that a call looks at its own only.</summary>
internal sealed class LimitIndex
{
    private readonly IReadOnlyList<RouteLimit>[] _each;
    private readonly Dictionary<string, List<RouteLimit>>[] _named;

    public LimitIndex(IReadOnlyList<RouteLimit> limits)
    {
        var scopes = Enum.GetValues<LimitScope>();
        _each = [.. scopes.Select(scope => limits.Where(limit => limit.Scope == scope && limit.Match.Length == 0).ToList())];
        _named = [.. scopes.Select(scope => limits.Where(limit => limit.Scope == scope && limit.Match.Length > 0).GroupBy(limit => limit.Match, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal))];
        IsEmpty = limits.Count == 0;
        Limits = limits;
    }

    public bool IsEmpty { get; }

    public IReadOnlyList<RouteLimit> Limits { get; }

    /// <summary>Adds the limits that a subject of a scope is under.</summary>
    /// <param name="into">Made when the first is found.</param>
    public void Find(LimitScope scope, string subject, LimitCounts counts, ref List<SubjectCounts>? into)
    {
        if (subject.Length == 0 && scope != LimitScope.Global)
        {
            return;
        }

        foreach (var limit in _each[(int)scope])
        {
            (into ??= []).Add(counts.Of(limit, subject));
        }

        FindNamed(scope, subject, counts, ref into);
    }

    /// <summary>Likewise, of those that name it.</summary>
    public void FindNamed(LimitScope scope, string subject, LimitCounts counts, ref List<SubjectCounts>? into)
    {
        if (_named[(int)scope].Count > 0 && _named[(int)scope].TryGetValue(subject, out var named))
        {
            foreach (var limit in named)
            {
                (into ??= []).Add(counts.Of(limit, subject));
            }
        }
    }
}
