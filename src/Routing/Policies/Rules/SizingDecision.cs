namespace Platform.Routing.Policies.Rules;

/// <summary>The lane that a call runs in, and the rule that says so.</summary>
/// <param name="Rule">Null: no rule took the call, and it stays in its lane.</param>
/// <param name="Shadow">The first rule in shadow mode that would have put it into another lane than <paramref name="Lane"/>; null when none would.</param>
internal readonly record struct SizingDecision(string Lane, RouteRule? Rule, RouteRule? Shadow)
{
    /// <summary>
    /// The first rule that is on and takes the call decides. Rules in shadow mode decide nothing; one that stands behind the rule that decided would have had
    /// nothing to say either. Pure, and allocates nothing.
    /// </summary>
    public static SizingDecision Of(RoutingTable table, in CallFacts facts)
    {
        RouteRule? shadow = null;
        foreach (var rule in table.Rules)
        {
            if (Match(table, rule, facts) != RuleMismatch.None)
            {
                continue;
            }

            if (!rule.IsShadow)
            {
                return new SizingDecision(rule.Lane, rule, shadow is not null && shadow.Lane != rule.Lane ? shadow : null);
            }

            shadow ??= rule;
        }

        return new SizingDecision(facts.Lane, null, shadow is not null && shadow.Lane != facts.Lane ? shadow : null);
    }

    /// <summary>The first condition that the call does not meet.</summary>
    public static RuleMismatch Match(RoutingTable table, RouteRule rule, in CallFacts facts) =>
        !IsAmong(rule.Workloads, facts.Workload) ? RuleMismatch.Workload
        : !IsAmong(rule.Teams, facts.TeamId) ? RuleMismatch.Team
        : !IsAmong(rule.Models, facts.Model.Name) ? RuleMismatch.Model
        : !IsAmong(rule.Lanes, facts.Lane) ? RuleMismatch.Lane
        : rule.InputTokensBelow > 0 && facts.EstimatedInputTokens >= rule.InputTokensBelow ? RuleMismatch.InputTokens
        : !IsAmong(rule.WalletStatus, facts.Wallet) ? RuleMismatch.WalletStatus
        : rule.Lanes.Count == 0 && table.Lanes.TryGetValue(facts.Lane, out var lane) && lane.Windows.Count > 0 ? RuleMismatch.Waits
        : !Serves(table.RouteOf(facts.Model, rule.Lane), facts.Shape) ? RuleMismatch.Shape
        : RuleMismatch.None;

    private static bool Serves(RouteSet set, ShapeKinds shape)
    {
        for (var index = 0; index < set.Targets.Count; index++)
        {
            if (set.Targets[index].Target.Shapes.HasFlag(shape))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAmong<T>(System.Collections.Frozen.FrozenSet<T> wanted, T value) => wanted.Count == 0 || wanted.Contains(value);
}

/// <summary>Why a rule does not take a call, in the order in which conditions are looked at.</summary>
internal enum RuleMismatch
{
    None,
    Workload,
    Team,
    Model,
    Lane,
    InputTokens,
    WalletStatus,

    /// <summary>Work that waits for its window was given a cheaper price for it; only a rule that names its lane moves it.</summary>
    Waits,

    /// <summary>Nobody in the rule's lane serves the call's route.</summary>
    Shape,
}
