using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Policies.Rules;

namespace Platform.Routing.Policies.Explain;

/// <summary>Says of each rule what it makes of a call, and why. Pure; it decides nothing that <see cref="SizingDecision"/> does not.</summary>
internal static class RuleExplainer
{
    public static IEnumerable<RuleExplanation> Explain(RoutingTable table, CallFacts facts)
    {
        var decision = SizingDecision.Of(table, facts);
        var decided = false;
        foreach (var rule in table.Rules)
        {
            var mismatch = SizingDecision.Match(table, rule, facts);
            var (outcome, detail) = mismatch != RuleMismatch.None ? ("no_match", WhyNot(mismatch, rule, facts))
                : decided ? ("behind", $"It would take the call, but '{decision.Rule!.Name}' has decided.")
                : !rule.IsShadow ? ("decides", rule.Lane == facts.Lane ? "It keeps the call in its lane." : $"It moves the call from {facts.Lane} to {rule.Lane}.")
                : rule == decision.Shadow ? ("would_decide", $"In shadow mode: what the call would have cost in {rule.Lane} is recorded.")
                : ("behind", "In shadow mode: it would take the call, but another is recorded, or it changes nothing.");
            decided |= rule == decision.Rule;
            yield return new RuleExplanation { Name = rule.Name, Mode = rule.IsShadow ? "shadow" : "on", Lane = rule.Lane, Outcome = outcome, Detail = detail };
        }
    }

    private static string WhyNot(RuleMismatch mismatch, RouteRule rule, CallFacts facts) => mismatch switch
    {
        RuleMismatch.Workload => $"Workload {Shown(facts.Workload)} is not {Any(rule.Workloads)}.",
        RuleMismatch.Team => $"Team {Shown(facts.TeamId)} is not {Any(rule.Teams)}.",
        RuleMismatch.Model => $"Model {facts.Model.Name} is not {Any(rule.Models)}.",
        RuleMismatch.Lane => $"Lane {facts.Lane} is not {Any(rule.Lanes)}.",
        RuleMismatch.InputTokens => $"{facts.EstimatedInputTokens} estimated input tokens are not below {rule.InputTokensBelow}.",
        RuleMismatch.WalletStatus => $"The wallet is {StatusOf(facts.Wallet)}, not {Any(rule.WalletStatus.Select(StatusOf))}.",
        RuleMismatch.Waits => $"Lane {facts.Lane} has windows; only a rule that names it moves what waits there.",
        RuleMismatch.Shape => $"Nobody in lane {rule.Lane} serves this route.",
        RuleMismatch.None => "",
    };

    public static string StatusOf(WalletStatus status) => PolicyNames.WalletStatus.FirstOrDefault(pair => pair.Value == status).Key ?? "unknown";

    private static string Any(IEnumerable<string> values) => string.Join(" or ", values.Order(StringComparer.Ordinal).Take(5));

    private static string Shown(string value) => value.Length == 0 ? "(none)" : Validation.Shown(value);
}
