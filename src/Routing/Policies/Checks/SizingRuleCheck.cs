using Google.Protobuf.Collections;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Checks;

internal static class SizingRuleCheck
{
    private const int MaxValues = 1_000;

    public static void Check(RoutePolicy policy, PolicyEntries entries, PolicyProblems problems)
    {
        problems.Distinct("rules", policy.Rules.Select(rule => rule.Name), "rule");
        for (var index = 0; index < policy.Rules.Count; index++)
        {
            var rule = policy.Rules[index];
            var place = PolicyProblems.Place("rules", index, rule.Name);
            problems.Label($"{place}.name", rule.Name);
            problems.OneOf($"{place}.mode", rule.Mode, PolicyNames.RuleModes);
            problems.Known($"{place}.lane", rule.Lane, entries.Lanes, "lane", "add it to lanes");
            problems.Require(
                !entries.WaitingLanes.Contains(rule.Lane), $"{place}.lane",
                $"lane '{Validation.Shown(rule.Lane)}' has windows, and a caller who waits for an answer cannot wait for one; name a lane without windows.");
            CheckCondition(rule.When, $"{place}.when", entries, problems);
        }
    }

    private static void CheckCondition(SizingCondition? when, string place, PolicyEntries entries, PolicyProblems problems)
    {
        if (when is null || when.CalculateSize() == 0)
        {
            problems.Add(place, "needs at least one condition: a rule without one would move every call. Give the models another lane instead.");
            return;
        }

        problems.Range($"{place}.input_tokens_below", when.InputTokensBelow, 0, int.MaxValue);
        CheckValues(when.Workloads, $"{place}.workloads", problems, value => Validation.Label("", value) ?? (value.Length == 0 ? "must not be empty." : null));
        CheckValues(when.Teams, $"{place}.teams", problems, value => Validation.Id("", value));
        CheckValues(when.WalletStatus, $"{place}.wallet_status", problems, value =>
            PolicyNames.WalletStatus.ContainsKey(value) ? null : $"must be of {string.Join(", ", PolicyNames.WalletStatus.Keys)}; it has '{Validation.Shown(value)}'.");
        CheckValues(when.Lanes, $"{place}.lanes", problems, value =>
            entries.Lanes.Contains(value) ? null : $"there is no lane '{Validation.Shown(value)}' in this policy; add it to lanes.");
        CheckValues(when.Models, $"{place}.models", problems, value =>
            entries.Models.Contains(value) ? null
            : entries.Aliases.TryGetValue(value, out var name) ? $"'{Validation.Shown(value)}' is an alias; name the model '{name}'."
            : $"there is no model '{Validation.Shown(value)}' in this policy; add it to models.");
    }

    private static void CheckValues(RepeatedField<string> values, string place, PolicyProblems problems, Func<string, string?> check)
    {
        problems.Require(values.Count <= MaxValues, place, $"must be at most {MaxValues}.");
        foreach (var value in values)
        {
            if (check(value) is { } problem)
            {
                problems.Add(place, problem);
            }
        }
    }
}
