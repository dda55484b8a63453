using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Policies.Explain;
using Platform.Routing.Policies.Rules;
using Platform.Routing.Pricing;

namespace Platform.Routing.Tests.Policies;

/// <summary>What people are told of a call's route: one lane's candidates in order, and what rules make of it.</summary>
public sealed class ExplainRouteTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly TargetBoard _board;
    private readonly PriceReplica _prices = new(null!, TimeProvider.System, NullLogger<PriceReplica>.Instance);

    public ExplainRouteTests()
    {
        _board = new TargetBoard(Options.Create(new BreakerOptions()), _time);
        var book = new PriceBook { Revision = 1 };
        book.Prices.AddRange(new[] { ("dear", 8_000_000_000), ("fair", 2_000_000_000), ("cheap", 100_000_000) }.Select((price, index) => new PriceRow
        {
            PriceId = index + 1, Provider = "openai", Model = price.Item1, Currency = "USD", Tier = "standard", InputPerMillion = price.Item2, CachedInputPerMillion = price.Item2,
            CacheWritePerMillion = price.Item2, OutputPerMillion = price.Item2, ReasoningPerMillion = price.Item2,
        }));
        _prices.Apply(book);
    }

    [Theory]
    [InlineData(nameof(Strategy.Ordered), "dear=1 First in order. | fair=2 When those before it cannot serve. | cheap=3 When those before it cannot serve.")]
    [InlineData(nameof(Strategy.LowestCost), "cheap=1 Costs least. | fair=2 Costs more. | dear=3 Costs more.")]
    [InlineData(nameof(Strategy.Weighted), "fair=1 By chance, 75 % of calls first. | dear=2 By chance, 25 % of calls first. | cheap=3 Weight 0: only when no other is left.")]
    [InlineData(nameof(Strategy.LeastLoaded), "fair=1 0 calls under way; of two drawn by chance the one with fewer. | cheap=2 0 calls under way; of two drawn by chance the one with fewer. | dear=3 1 calls under way; of two drawn by chance the one with fewer.")]
    [InlineData(nameof(Strategy.LowestLatency), "dear=1 Nothing is known of its answers yet, so it is tried. | cheap=2 Nothing is known of its answers yet, so it is tried. | fair=3 Its answers begin after 40 ms.")]
    public void Candidates_come_in_the_order_of_the_strategy_with_its_figure(string strategy, string expected)
    {
        _board.Of(Routes.Target("dear")).TryEnter();
        var fair = _board.Of(Routes.Target("fair"));
        fair.Leave(fair.TryEnter(), TargetVerdict.Succeeded, TimeSpan.FromMilliseconds(40));
        Assert.Equal(expected, Explain(Set(Enum.Parse<Strategy>(strategy))));
    }

    [Fact]
    public void Targets_that_would_not_be_tried_come_last_with_their_reason()
    {
        var open = _board.Of(Routes.Target("dear"));
        for (var failure = 0; failure < 5; failure++)
        {
            open.Leave(open.TryEnter(), TargetVerdict.Failed, failure: "answered 500");
        }

        Rest("fair");
        var set = new RouteSet("model/m", Strategy.Ordered,
            [
                new(Routes.Target("dear"), 1), new(Routes.Target("fair"), 1), new(Routes.Target("letters") with { Shapes = ShapeKinds.Messages }, 1),
                new(Routes.Target("away", Routes.OpenAi with { Name = "away", ApiKey = null }), 1), new(Routes.Target("new"), 1), new(Routes.Target("cheap"), 1),
            ],
            Routes.Failover);
        Assert.Equal(
            "cheap=1 First in order of those that are well. | fair=2 It rests after a 429, so only when no other is left. When those before it cannot serve. | "
            + "dear=0 It has failed too often lately and is left alone for a while. | letters=0 It does not serve this route. | "
            + "away=0 Provider away is not set up: its key is missing. | new=0 It has no price.",
            Explain(set));
    }

    [Theory]
    [InlineData(nameof(Strategy.Ordered), "dear", "fair=1 First in order of those that are well. | cheap=2 When those before it cannot serve. | dear=3 It rests after a 429, so only when no other is left. First in order.")]
    [InlineData(nameof(Strategy.LowestCost), "cheap", "fair=1 Costs least of those that are well. | dear=2 Costs more. | cheap=3 It rests after a 429, so only when no other is left. Costs least.")]
    [InlineData(nameof(Strategy.Weighted), "fair", "dear=1 By chance, 100 % of calls first. | cheap=2 Weight 0: only when no other is left. | fair=3 It rests after a 429, so only when no other is left.")]
    [InlineData(
        nameof(Strategy.Weighted), "dear fair cheap",
        "fair=1 It rests after a 429, so only when no other is left. By chance, 75 % of calls first. | dear=2 It rests after a 429, so only when no other is left. By chance, 25 % of calls first. | "
        + "cheap=3 It rests after a 429, so only when no other is left. Weight 0: only when no other is left.")]
    public void What_is_told_of_one_that_rests_is_true_of_it_and_of_the_others(string strategy, string resting, string expected)
    {
        foreach (var model in resting.Split(' '))
        {
            Rest(model);
        }

        Assert.Equal(expected, Explain(Set(Enum.Parse<Strategy>(strategy))));
    }

    [Fact]
    public void Costs_are_those_that_strategies_and_wallets_go_by()
    {
        var explained = new LaneExplainer(_board, _prices).Explain("premium", Set(Strategy.Ordered), ShapeKinds.Chat, "team_a", new FactsRequest(4_000, null));
        // 1,000 + 250 tokens estimated; 4,000 + 256 bytes and 1,024 tokens set aside.
        Assert.Equal((1_250 * 8_000L, true), (explained.Candidates[0].EstimatedNanos, explained.Candidates[0].BoundNanos >= (4_256 + 1_024) * 8_000L));
        var capped = new LaneExplainer(_board, _prices).Explain("premium", Set(Strategy.Ordered), ShapeKinds.Chat, "team_a", new FactsRequest(4_000, 10));
        Assert.Equal(1_010 * 8_000L, capped.Candidates[0].EstimatedNanos);
    }

    [Fact]
    public void Images_that_cannot_be_bounded_at_a_target_keep_calls_from_it()
    {
        var explained = new LaneExplainer(_board, _prices).Explain("premium", Set(Strategy.Ordered), ShapeKinds.Chat, "team_a", new FactsRequest(4_000, null) { Images = 2 });
        Assert.Equal((0, "How many tokens an image can be is not published for its model.", false), (explained.Candidates[0].Place, explained.Candidates[0].Detail, explained.Candidates[0].HasBoundNanos));
    }

    [Fact]
    public void Rules_say_what_they_make_of_a_call_and_why()
    {
        var table = new PolicyCompiler(new ProviderSecrets(new ProviderOptions(), _ => null, PolicyDatabase.KeysIn("/nowhere"))).Compile(new StoredPolicy(3, _time.GetUtcNow(), "", "", Rules(), [], new Dictionary<string, DateTimeOffset>()));
        var facts = new CallFacts(table.Models["gpt-4o"], ShapeKinds.Chat, "premium", "evaluation", "search", 1_500, PolicyNames.WalletStatus["low"]);
        Assert.Equal(
            [
                "other-team no_match Team search is not design or support.",
                "idea would_decide In shadow mode: what the call would have cost in economy is recorded.",
                "second-idea behind In shadow mode: it would take the call, but another is recorded, or it changes nothing.",
                "tiny no_match 1500 estimated input tokens are not below 1000.",
                "rich no_match The wallet is low, not healthy.",
                "decider decides It keeps the call in its lane.",
                "late behind It would take the call, but 'decider' has decided.",
            ],
            RuleExplainer.Explain(table, facts).Select(rule => $"{rule.Name} {rule.Outcome} {rule.Detail}"));
    }

    private void Rest(string model)
    {
        var target = Routes.Target(model);
        var state = _board.Of(target);
        state.Leave(state.TryEnter(TargetAccess.Of(target, target.Provider.ApiKey!, ShapeKinds.Chat)), TargetVerdict.RateLimited, retryAfter: TimeSpan.FromSeconds(10));
    }

    private static RoutePolicy Rules()
    {
        var policy = PolicyDocuments.Read();
        policy.Rules.Clear();
        policy.Rules.AddRange(
        [
            new SizingRule { Name = "other-team", Mode = "on", When = new SizingCondition { Teams = { "support", "design" } }, Lane = "economy" },
            new SizingRule { Name = "idea", When = new SizingCondition { Workloads = { "evaluation" } }, Lane = "economy" },
            new SizingRule { Name = "second-idea", When = new SizingCondition { Models = { "gpt-4o" } }, Lane = "economy" },
            new SizingRule { Name = "tiny", Mode = "on", When = new SizingCondition { InputTokensBelow = 1_000 }, Lane = "economy" },
            new SizingRule { Name = "rich", Mode = "on", When = new SizingCondition { WalletStatus = { "healthy" } }, Lane = "economy" },
            new SizingRule { Name = "decider", Mode = "on", When = new SizingCondition { Lanes = { "premium" } }, Lane = "premium" },
            new SizingRule { Name = "late", Mode = "on", When = new SizingCondition { Workloads = { "evaluation" } }, Lane = "economy" },
        ]);
        return policy;
    }

    private static RouteSet Set(Strategy strategy) => new(
        "model/m", strategy, [new(Routes.Target("dear"), 1), new(Routes.Target("fair"), 3), new(Routes.Target("cheap"), 0)], Routes.Failover);

    private string Explain(RouteSet set) => string.Join(
        " | ",
        new LaneExplainer(_board, _prices).Explain("premium", set, ShapeKinds.Chat, "team_a", new FactsRequest(4_000, null)).Candidates
            .Select(candidate => $"{candidate.Target.Split('/')[1]}={candidate.Place} {candidate.Detail}"));
}
