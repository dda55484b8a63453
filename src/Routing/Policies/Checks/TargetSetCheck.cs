using Google.Protobuf.Collections;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Checks;

internal static class TargetSetCheck
{
    private const int MaxTargets = 50;
    private const int MaxWeight = 1_000_000;
    private const int MaxAttempts = 10;
    private const int MaxBackoffMs = 60_000;

    public static void Check(TargetSet? set, string place, PolicyEntries entries, PolicyProblems problems)
    {
        if (set is null || set.Targets.Count == 0)
        {
            problems.Add($"{place}.targets", "is required: name at least one target.");
            return;
        }

        problems.Require(set.Targets.Count <= MaxTargets, $"{place}.targets", $"must be at most {MaxTargets}; there are {set.Targets.Count}.");
        problems.Distinct($"{place}.targets", set.Targets.Select(choice => choice.Target), "target");
        problems.OneOf($"{place}.strategy", set.Strategy, PolicyNames.Strategies.Keys);
        foreach (var choice in set.Targets)
        {
            problems.Known($"{place}.targets", choice.Target, entries.Targets, "target", "add it to targets");
            if (choice.HasWeight)
            {
                problems.Require(set.Strategy == "weighted", $"{place}.targets[{Contracts.Validation.Shown(choice.Target)}].weight", "is for the strategy weighted only; leave it out.");
                problems.Range($"{place}.targets[{Contracts.Validation.Shown(choice.Target)}].weight", choice.Weight, 0, MaxWeight);
            }
        }

        problems.Require(
            set.Strategy != "weighted" || set.Targets.Any(choice => !choice.HasWeight || choice.Weight > 0), $"{place}.targets", "one weight at least must be above 0.");
        if (set.Failover is { } failover)
        {
            CheckFailover(failover, $"{place}.failover", problems);
        }
    }

    private static void CheckFailover(Failover failover, string place, PolicyProblems problems)
    {
        CheckKinds(failover.RetryOn, $"{place}.retry_on", PolicyNames.Retries.Keys, problems);
        CheckKinds(failover.FallbackOn, $"{place}.fallback_on", PolicyNames.Fallbacks.Keys, problems);
        problems.Range($"{place}.max_attempts", failover.MaxAttempts, 0, MaxAttempts);
        problems.Range($"{place}.backoff_ms", failover.BackoffMs, 0, MaxBackoffMs);
        problems.Range($"{place}.retry_budget_percent", failover.RetryBudgetPercent, 0, 100);
    }

    private static void CheckKinds(RepeatedField<string> kinds, string place, IEnumerable<string> known, PolicyProblems problems)
    {
        problems.Distinct(place, kinds, "failure");
        problems.Require(kinds.Count < 2 || !kinds.Contains(PolicyNames.NoFailures), place, $"'{PolicyNames.NoFailures}' stands alone.");
        foreach (var kind in kinds)
        {
            problems.Require(
                kind == PolicyNames.NoFailures || known.Contains(kind) || PolicyNames.OtherFailureNames.ContainsKey(kind), place,
                $"must be of {string.Join(", ", known)}, or {PolicyNames.NoFailures} alone; it has '{Contracts.Validation.Shown(kind)}'.");
        }
    }
}
