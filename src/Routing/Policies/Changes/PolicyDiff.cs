using Google.Protobuf;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Changes;

/// <summary>What one document changes against another, by the names of its parts. Only rules have an order; of all else the order says nothing. Pure.</summary>
internal static class PolicyDiff
{
    private const string Added = "added";
    private const string Changed = "changed";
    private const string Removed = "removed";
    private const string Moved = "moved";

    /// <summary>Empty when both say the same.</summary>
    public static IReadOnlyList<PolicyChange> Of(RoutePolicy before, RoutePolicy after) =>
    [
        .. Compare("provider", before.Providers, after.Providers, provider => provider.Name),
        .. Compare("target", before.Targets, after.Targets, PolicyCompiler.NameOf),
        .. Compare("model", before.Models, after.Models, model => model.Name),
        .. Compare("lane", before.Lanes, after.Lanes, lane => lane.Name),
        .. Compare("rule", before.Rules, after.Rules, rule => rule.Name),
        .. MovedRules([.. before.Rules.Select(rule => rule.Name)], [.. after.Rules.Select(rule => rule.Name)]),
        .. Compare("limit", before.Limits, after.Limits, limit => limit.Name),
    ];

    private static IEnumerable<PolicyChange> Compare<T>(string kind, IEnumerable<T> before, IEnumerable<T> after, Func<T, string> nameOf)
        where T : class, IMessage<T>
    {
        var old = before.ToDictionary(nameOf);
        var now = after.ToDictionary(nameOf);
        foreach (var name in old.Keys.Union(now.Keys).Order(StringComparer.Ordinal))
        {
            var (was, becomes) = (old.GetValueOrDefault(name), now.GetValueOrDefault(name));

            // By text, since equal messages may differ in what is absent and what is zero.
            var detail = FieldText.Compare(was, becomes);
            if (was is null || becomes is null || detail.Length > 0)
            {
                yield return new PolicyChange { Kind = kind, Name = name, Change = was is null ? Added : becomes is null ? Removed : Changed, Detail = detail };
            }
        }
    }

    /// <summary>The fewest rules that were moved among those that stay: all but a longest part that kept its order.</summary>
    private static IEnumerable<PolicyChange> MovedRules(List<string> before, List<string> after)
    {
        var staying = after.Where(before.Contains).ToList();
        var places = staying.ConvertAll(name => before.IndexOf(name));
        var kept = LongestAscending(places);
        return staying.Where((_, index) => !kept.Contains(index)).Select(name => new PolicyChange
        {
            Kind = "rule", Name = name, Change = Moved, Detail = $"place: {before.IndexOf(name) + 1} → {after.IndexOf(name) + 1}",
        });
    }

    /// <summary>Which of the values make a longest ascending part.</summary>
    private static HashSet<int> LongestAscending(List<int> values)
    {
        var (length, previous) = (new int[values.Count], new int[values.Count]);
        var last = -1;
        for (var index = 0; index < values.Count; index++)
        {
            (length[index], previous[index]) = (1, -1);
            for (var earlier = 0; earlier < index; earlier++)
            {
                if (values[earlier] < values[index] && length[earlier] >= length[index])
                {
                    (length[index], previous[index]) = (length[earlier] + 1, earlier);
                }
            }

            last = last < 0 || length[index] > length[last] ? index : last;
        }

        var kept = new HashSet<int>();
        for (; last >= 0; last = previous[last])
        {
            kept.Add(last);
        }

        return kept;
    }
}
