using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Workloads;

/// <summary>The rules in their order at one revision. Immutable, so that a batch is classified by one set.</summary>
internal sealed class WorkloadRuleSet(long revision, IReadOnlyList<WorkloadRule> rules)
{
    public long Revision => revision;

    public IReadOnlyList<WorkloadRule> Rules => rules;

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

    private static bool Takes(WorkloadRule rule, WorkloadSubject subject) =>
        rule.Filters.All(filter => filter.Values.Contains(subject[filter.Dimension]))
        && rule.Tags.All(tag => subject.Tags is not null && subject.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value)
        && (!rule.HasMinInputTokens || subject.InputTokens >= rule.MinInputTokens)
        && (!rule.HasMaxInputTokens || subject.InputTokens <= rule.MaxInputTokens);
}
