using CsCheck;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Policies.Changes;

namespace Platform.Routing.Tests.Policies;

/// <summary>What a new document changes, as people read it.</summary>
public sealed class PolicyDiffTests
{
    [Theory]
    [InlineData("/providers/3/base_url", "\"http://localhost:9000\"", "provider local changed base_url: http://localhost:8000 → http://localhost:9000")]
    [InlineData("/providers/1/team_api_keys/search", null, "provider anthropic changed team_api_keys[search]: env:SEARCH_API_KEY → –")]
    [InlineData("/providers/2/health", null, "provider azure changed health: {path: /status, interval_seconds: 30} → –")]
    [InlineData("/targets/0/max_output_tokens", "4096", "target openai/gpt-4o changed max_output_tokens: 16384 → 4096")]
    [InlineData("/models/0/route/strategy", "\"ordered\"", "model gpt-4o changed route.strategy: weighted → ordered")]
    [InlineData("/models/0/route/targets/0/weight", "1", "model gpt-4o changed route.targets: [openai/gpt-4o (3), azure/eu (0)] → [openai/gpt-4o (1), azure/eu (0)]")]
    [InlineData("/models/0/route/failover/retry_budget_percent", null, "model gpt-4o changed route.failover.retry_budget_percent: 0 → –")]
    [InlineData("/models/0/lanes/economy/strategy", "\"ordered\"", "model gpt-4o changed lanes[economy].strategy: lowest_cost → ordered")]
    [InlineData("/models/0/lanes/economy", null, "model gpt-4o changed lanes[economy]: {targets: [local/llama], strategy: lowest_cost} → –")]
    [InlineData("/models/1", null, "model embed removed lane: economy; route: {targets: [openai/small]}")]
    [InlineData("/limits/-", "{\"name\":\"new\",\"scope\":\"user\",\"requests_per_day\":5}", "limit new added scope: user; requests_per_day: 5")]
    [InlineData("/rules/0/when/input_tokens_below", "4000", "rule small-evaluations changed when.input_tokens_below: 2000 → 4000")]
    public void A_change_is_told_by_its_fields(string pointer, string? value, string expected) =>
        Assert.Equal(expected, Text(PolicyDiff.Of(PolicyDocuments.Read(), PolicyDocuments.With(pointer, value))));

    [Theory]
    [InlineData("a b c d", "a b c d", "")]
    [InlineData("a b c d", "b c d a", "rule a moved place: 1 → 4")]
    [InlineData("a b c d", "d a b c", "rule d moved place: 4 → 1")]
    [InlineData("a b c d", "a c d", "rule b removed lane: x")]
    [InlineData("a b", "n a b", "rule n added lane: x")]
    [InlineData("a b c", "c n a", "rule b removed lane: x | rule n added lane: x | rule a moved place: 1 → 3")]
    public void Only_rules_that_were_moved_are_told_as_moved(string before, string after, string expected) =>
        Assert.Equal(expected, Text(PolicyDiff.Of(Rules(before), Rules(after))));

    [Fact]
    public void The_order_of_all_but_rules_says_nothing() =>
        Gen.Shuffle(Enumerable.Range(0, 3).ToArray()).Sample(order =>
        {
            var (before, after) = (PolicyDocuments.Read(), PolicyDocuments.Read());
            after.Models.Clear();
            after.Models.AddRange(order.Select(index => before.Models[index]));
            after.Limits.Clear();
            after.Limits.AddRange(order.Select(index => before.Limits[index]));
            Assert.Empty(PolicyDiff.Of(before, after));
        });

    [Fact]
    public void A_detail_is_never_endless()
    {
        var after = PolicyDocuments.Read();
        after.Models[0].Aliases.AddRange(Enumerable.Range(0, 100).Select(index => new string('x', 100) + index));
        Assert.True(Assert.Single(PolicyDiff.Of(PolicyDocuments.Read(), after)).Detail.Length <= 2_001);
    }

    private static RoutePolicy Rules(string names) => new() { Rules = { names.Split(' ').Select(name => new SizingRule { Name = name, Lane = "x" }) } };

    private static string Text(IEnumerable<PolicyChange> changes) => string.Join(" | ", changes.Select(change => $"{change.Kind} {change.Name} {change.Change} {change.Detail}"));
}
