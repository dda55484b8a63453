using System.Collections.Frozen;
using CsCheck;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Policies;
using Platform.Routing.Policies.Rules;

namespace Platform.Routing.Tests.Policies;

/// <summary>Which lane a call runs in, by rules on one line each: name mode lane, then conditions.</summary>
public sealed class SizingDecisionTests
{
    private const string Small = "small on economy workload=evaluation tokens<2000";
    private const string Low = "low on economy wallet=low,depleted";

    [Theory]
    // Rules; the call (model lane workload team tokens wallet) → lane, rule, shadow.
    [InlineData("", "gpt-4o premium - search 10 healthy", "premium - -")]
    [InlineData(Small, "gpt-4o premium evaluation search 1999 healthy", "economy small -")]
    [InlineData(Small, "gpt-4o premium evaluation search 2000 healthy", "premium - -")]
    [InlineData(Small, "gpt-4o premium batch search 10 healthy", "premium - -")]
    [InlineData(Small, "gpt-4o premium - search 10 healthy", "premium - -")]
    [InlineData(Low, "gpt-4o premium - search 10 low", "economy low -")]
    [InlineData(Low, "gpt-4o premium - search 10 depleted", "economy low -")]
    [InlineData(Low, "gpt-4o premium - search 10 healthy", "premium - -")]
    [InlineData(Low, "gpt-4o premium - search 10 unknown", "premium - -")]
    [InlineData("r on economy team=a,b", "gpt-4o premium - b 10 healthy", "economy r -")]
    [InlineData("r on economy team=a,b", "gpt-4o premium - c 10 healthy", "premium - -")]
    [InlineData("r on economy model=o4-mini", "gpt-4o premium - c 10 healthy", "premium - -")]
    [InlineData("r on economy lane=premium", "gpt-4o premium - c 10 healthy", "economy r -")]
    [InlineData("r on economy lane=premium", "gpt-4o standard - c 10 healthy", "standard - -")]
    // The first that takes it decides, also where it changes nothing.
    [InlineData("stay on premium team=a; r on economy model=gpt-4o", "gpt-4o premium - a 10 healthy", "premium stay -")]
    [InlineData("r on economy model=gpt-4o; stay on premium team=a", "gpt-4o premium - a 10 healthy", "economy r -")]
    // Shadow: recorded, not done; behind the rule that decided, not even recorded.
    [InlineData("s shadow economy model=gpt-4o", "gpt-4o premium - a 10 healthy", "premium - s")]
    [InlineData("s shadow economy model=gpt-4o; t shadow standard model=gpt-4o", "gpt-4o premium - a 10 healthy", "premium - s")]
    [InlineData("s shadow standard model=gpt-4o; r on economy model=gpt-4o", "gpt-4o premium - a 10 healthy", "economy r s")]
    [InlineData("s shadow economy model=gpt-4o; r on economy model=gpt-4o", "gpt-4o premium - a 10 healthy", "economy r -")]
    [InlineData("r on economy model=gpt-4o; s shadow standard model=gpt-4o", "gpt-4o premium - a 10 healthy", "economy r -")]
    [InlineData("s shadow premium model=gpt-4o", "gpt-4o premium - a 10 healthy", "premium - -")]
    // A lane where nobody serves the call's route takes nothing from it; the next rule may.
    [InlineData("r on mail model=gpt-4o", "gpt-4o premium - a 10 healthy", "premium - -")]
    [InlineData("s shadow mail model=gpt-4o; r on mail model=gpt-4o; t on economy model=gpt-4o", "gpt-4o premium - a 10 healthy", "economy t -")]
    // Work that waits is moved only by a rule that names its lane.
    [InlineData("r on economy model=gpt-4o", "gpt-4o scheduled - a 10 healthy", "scheduled - -")]
    [InlineData("r on economy lane=scheduled", "gpt-4o scheduled - a 10 healthy", "economy r -")]
    public void The_first_rule_that_takes_a_call_decides_its_lane(string rules, string call, string expected)
    {
        var decision = SizingDecision.Of(Table([.. rules.Split("; ", StringSplitOptions.RemoveEmptyEntries).Select(Rule)]), Facts(call));
        Assert.Equal(expected, $"{decision.Lane} {decision.Rule?.Name ?? "-"} {decision.Shadow?.Name ?? "-"}");
    }

    [Fact]
    public void Rules_in_shadow_mode_never_change_where_a_call_runs() =>
        Gen.Select(Gen.Select(Gen.Bool, Gen.Int[0, 2], Gen.Int[0, 3]).Array[0, 8], Gen.Int[0, 2], Gen.Int[0, 3]).Sample((drawn, lane, workload) =>
        {
            string[] lanes = ["premium", "standard", "economy"];
            var rules = drawn.Select((rule, index) => Rule($"r{index} {(rule.Item1 ? "shadow" : "on")} {lanes[rule.Item2]} workload=w{rule.Item3}")).ToList();
            var facts = Facts($"gpt-4o {lanes[lane]} w{workload} a 10 healthy");
            var all = SizingDecision.Of(Table(rules), facts);
            var without = SizingDecision.Of(Table([.. rules.Where(rule => !rule.IsShadow)]), facts);
            Assert.Equal((without.Lane, without.Rule), (all.Lane, all.Rule));
            Assert.True(all.Shadow is null || (all.Shadow.IsShadow && all.Shadow.Lane != all.Lane));
        });

    private static RoutingTable Table(IReadOnlyList<RouteRule> rules) => new(
        1, FrozenDictionary<string, RouteProvider>.Empty, FrozenDictionary<string, RouteTarget>.Empty, FrozenDictionary<string, RouteModel>.Empty,
        new RouteLane[]
        {
            new("scheduled", null, [new RouteWindow("0 22 * * *", TimeZoneInfo.Utc, TimeSpan.FromHours(8))]),
            new("mail", Routes.Set("lane/mail", Routes.Target("letters") with { Shapes = ShapeKinds.Messages }), []),
        }.ToFrozenDictionary(lane => lane.Name),
        rules, []);

    private static RouteRule Rule(string text)
    {
        var parts = text.Split(' ');
        var conditions = parts[3..].Select(part => part.Split('=', '<')).ToDictionary(pair => pair[0], pair => pair[1].Split(','));
        return new RouteRule(
            parts[0], parts[1] == "shadow", Set("workload"), Set("team"), Set("model"), Set("lane"), conditions.TryGetValue("tokens", out var tokens) ? long.Parse(tokens[0]) : 0,
            Set("wallet").Select(status => PolicyNames.WalletStatus[status]).ToFrozenSet(), parts[2]);

        FrozenSet<string> Set(string name) => conditions.GetValueOrDefault(name, []).ToFrozenSet();
    }

    private static CallFacts Facts(string text)
    {
        var parts = text.Split(' ');
        return new CallFacts(
            Routes.Model(parts[0], parts[1], Routes.Target(parts[0])), ShapeKinds.Chat, parts[1], parts[2] == "-" ? "" : parts[2], parts[3], long.Parse(parts[4]), PolicyNames.WalletStatus.GetValueOrDefault(parts[5], WalletStatus.Unspecified));
    }
}
