using System.Collections.Frozen;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Workloads;

/// <summary>The rules in their order at one revision. Immutable, so that a batch is classified by one set.</summary>
internal sealed class WorkloadRuleSet(long revision, IReadOnlyList<WorkloadRule> rules)
{
    private IReadOnlyDictionary<string, string> _firstKeys = FrozenDictionary<string, string>.Empty;

    public long Revision => revision;

    public IReadOnlyList<WorkloadRule> Rules => rules;

    /// <summary>Those that rules name: each stands for all that it was rotated from and to.</summary>
    public IReadOnlyList<string> KeyIds { get; } =
        [.. rules.SelectMany(rule => rule.Filters).Where(filter => filter.Dimension == SpendDimension.Key).SelectMany(filter => filter.Values).Distinct(StringComparer.Ordinal)];

    /// <param name="firstKeys">The first key of a key's line; one that is not there is its own.</param>
    public WorkloadRuleSet With(IReadOnlyDictionary<string, string> firstKeys) => new(revision, rules) { _firstKeys = firstKeys };

    /// <summary>The first rule that takes it; null when none does, and it stays unclassified.</summary>
    public WorkloadRule? Find(WorkloadSubject subject)
    {
        foreach (var rule in rules)
        {
            if (Takes(rule, subject))
            {
                return rule;
            }
        }

        return null;
    }

    private bool Takes(WorkloadRule rule, WorkloadSubject subject) =>
        rule.Filters.All(filter => Has(filter, subject[filter.Dimension]))
        && rule.Tags.All(tag => subject.Tags is not null && subject.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value)
        && (!rule.HasMinInputTokens || subject.InputTokens >= rule.MinInputTokens)
        && (!rule.HasMaxInputTokens || subject.InputTokens <= rule.MaxInputTokens);

    private bool Has(SpendFilter filter, string value) =>
        filter.Values.Contains(value) || (filter.Dimension == SpendDimension.Key && value.Length > 0 && filter.Values.Any(named => First(named) == First(value)));

    private string First(string keyId) => _firstKeys.GetValueOrDefault(keyId, keyId);
}
