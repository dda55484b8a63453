using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Choosing;

/// <summary>
/// Targets are written by their provider's name and what is wrong with them: "/shape" serves another route, "/key" has no key, "/price" no price, "/open" is left alone,
/// "/rest" was rate limited, "/image" takes none. A token costs as many nanos as the name has letters.
/// </summary>
public sealed class TargetChooserTests : IAsyncLifetime
{
    private readonly LocalGateway _gateway = new(breaker: new BreakerOptions { ConsecutiveFailures = 1, CoolDownSeconds = 3600 });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData(nameof(Strategy.Ordered), "bb a", "bb first in order, a fallback: bb/m-bb failed")]
    [InlineData(nameof(Strategy.Ordered), "a", "a only target")]
    [InlineData(nameof(Strategy.Ordered), "a/shape bb/key ccc/price dddd", "dddd only target")]
    [InlineData(nameof(Strategy.Ordered), "a/open bb ccc", "bb fallback: a/m-a is left alone for a while, ccc fallback: bb/m-bb failed")]
    [InlineData(nameof(Strategy.Ordered), "a/rest bb", "bb fallback: a/m-a is left alone for a while, a fallback: bb/m-bb failed")]
    [InlineData(nameof(Strategy.Ordered), "a/rest", "a only target")]
    [InlineData(nameof(Strategy.Ordered), "a/open", "")]
    [InlineData(nameof(Strategy.Ordered), "a/open bb/open", "")]
    [InlineData(nameof(Strategy.LowestCost), "ccc a bb", "a lowest cost, bb fallback: a/m-a failed, ccc fallback: bb/m-bb failed")]
    [InlineData(nameof(Strategy.LowestCost), "ccc a/open bb", "bb fallback: a/m-a is left alone for a while, ccc fallback: bb/m-bb failed")]
    [InlineData(nameof(Strategy.Ordered), "a/shape bb/shape", "SHAPE_UNSUPPORTED")]
    [InlineData(nameof(Strategy.Ordered), "a/key bb/key", "PROVIDER_UNAVAILABLE")]
    [InlineData(nameof(Strategy.Ordered), "a/price", "MODEL_UNPRICED")]
    public void Targets_are_tried_in_turn_by_their_strategy_and_how_they_stand(string strategy, string targets, string expected)
    {
        var set = Routes.Set("model/m", [.. targets.Split(' ').Select(Target)]) with { Strategy = Enum.Parse<Strategy>(strategy) };
        _gateway.Price(set.Targets.Where((_, place) => !targets.Split(' ')[place].EndsWith("/price", StringComparison.Ordinal)).Append(new WeightedTarget(Target("other"), 1)));
        if (_gateway.Chooser.TryStart(CallOf(set), out var choices) is { } error)
        {
            Assert.Equal(expected, error.Code);
            return;
        }

        var tried = new List<string>();
        (TargetOption, string)? after = null;
        while (choices!.TryNext(after, out var selection))
        {
            tried.Add($"{selection.Option.Target.Provider.Name} {selection.Reason}");
            selection.Option.State.Leave(selection.Pass, TargetVerdict.Neither);
            after = (selection.Option, "failed");
        }

        Assert.Equal(expected, string.Join(", ", tried));
        Assert.False(choices.HasNext);
    }

    [Theory]
    // The model's own targets with their weights → of the prices at which calls in a lane would have been served there, how often each, in percent.
    [InlineData("a:0 bb:1", "0 100")]
    [InlineData("a:3 bb:1", "75 25")]
    [InlineData("a/shape:9 bb:0", "0 100")]
    [InlineData("a/image:9 bb:1", "0 100")]
    public void Default_price_of_a_weighted_set_is_drawn_as_its_targets_are(string targets, string expected)
    {
        var own = Routes.Set("model/m") with
        {
            Strategy = Strategy.Weighted,
            Targets = [.. targets.Split(' ').Select(target => target.Split(':')).Select(parts => new WeightedTarget(Target(parts[0]), int.Parse(parts[1], CultureInfo.InvariantCulture)))],
        };
        _gateway.Price(own.Targets);
        var call = CallOf(Routes.Set("lane/x", own.Targets[1].Target), own);
        call.Request.Images = targets.Contains("/image", StringComparison.Ordinal) ? 1 : 0;
        var drawn = Enumerable.Range(0, 4_000).Select(_ => _gateway.Chooser.DefaultPrice(call)!.PriceId).CountBy(id => id).ToDictionary();
        Assert.All(
            expected.Split(' ').Index(),
            share => Assert.Equal(double.Parse(share.Item, CultureInfo.InvariantCulture), drawn.GetValueOrDefault(share.Index + 1) / 40.0, tolerance: 4.0));
    }

    [Theory]
    // What is known of the model's own targets, as milliseconds to the first token and attempts under way → how often each is the default, in percent.
    [InlineData(nameof(Strategy.LowestLatency), "a:300:0 bb:100:0", "2.5 97.5")]
    [InlineData(nameof(Strategy.LowestLatency), "a:0:0 bb:100:0", "0 100")]
    [InlineData(nameof(Strategy.LowestLatency), "a:0:0 bb:0:0", "97.5 2.5")]
    [InlineData(nameof(Strategy.LowestLatency), "a/shape:100:0 bb:300:0", "0 100")]
    [InlineData(nameof(Strategy.LeastLoaded), "a:0:3 bb:0:1", "0 100")]
    [InlineData(nameof(Strategy.LeastLoaded), "a:0:1 bb:0:1", "50 50")]
    public void Default_price_of_a_set_that_looks_at_its_targets_is_that_of_one_it_would_pick(string strategy, string targets, string expected)
    {
        var own = Routes.Set("model/m") with
        {
            Strategy = Enum.Parse<Strategy>(strategy),
            Targets = [.. targets.Split(' ').Select(target => new WeightedTarget(Known(target.Split(':')), 1))],
        };
        _gateway.Price(own.Targets);
        var call = CallOf(Routes.Set("lane/x", own.Targets[1].Target), own);
        var picked = Enumerable.Range(0, 4_000).Select(_ => _gateway.Chooser.DefaultPrice(call)!.PriceId).CountBy(id => id).ToDictionary();
        Assert.All(
            expected.Split(' ').Index(),
            share => Assert.Equal(double.Parse(share.Item, CultureInfo.InvariantCulture), picked.GetValueOrDefault(share.Index + 1) / 40.0, tolerance: 4.0));
    }

    [Fact]
    public void Default_price_of_a_call_that_asks_for_flex_is_flexs_where_that_is_passed_on()
    {
        _gateway.Tiers = [("flex", 50), ("priority", 200)];
        var (own, dearer) = (Target("a"), Target("bb") with { ServiceTier = "priority" });
        _gateway.Price(LocalGateway.Set(Routes.Failover, own, dearer).Targets);
        long? PriceOf(RouteTarget target, bool asksFlex)
        {
            var call = CallOf(Routes.Set("lane/x", own), Routes.Set("model/m", target));
            call.Request.ServiceTier = asksFlex ? "flex" : "";
            return _gateway.Chooser.DefaultPrice(call)?.PriceId;
        }

        Assert.Equal((1, 11, 22, 22), (PriceOf(own, asksFlex: false), PriceOf(own, asksFlex: true), PriceOf(dearer, asksFlex: false), PriceOf(dearer, asksFlex: true)));
    }

    private RouteTarget Known(string[] written)
    {
        var target = Target(written[0]);
        var state = _gateway.Board.Of(target);
        if (int.Parse(written[1], CultureInfo.InvariantCulture) is var firstTokenMs and > 0)
        {
            state.Leave(state.TryEnter(), TargetVerdict.Succeeded, TimeSpan.FromMilliseconds(firstTokenMs));
        }

        for (var i = 0; i < int.Parse(written[2], CultureInfo.InvariantCulture); i++)
        {
            state.TryEnter();
        }

        return target;
    }

    private RouteTarget Target(string written)
    {
        var parts = written.Split('/');
        var target = LocalGateway.Target(parts[0], "http://" + parts[0]) with { ContextTokens = 1_000 };
        switch (parts.ElementAtOrDefault(1))
        {
            case "shape":
                return target with { Shapes = ShapeKinds.Embeddings };
            case "image":
                return target with { ContextTokens = 0 };
            case "key":
                return target with { Provider = target.Provider with { ApiKey = null } };
            case "open" or "rest":
                var state = _gateway.Board.Of(target);
                state.Leave(state.TryEnter(TargetAccess.Of(target, target.Provider.ApiKey!, ShapeKinds.Chat)), parts[1] == "open" ? TargetVerdict.Failed : TargetVerdict.RateLimited, retryAfter: TimeSpan.FromMinutes(1));
                return target;
            default:
                return target;
        }
    }

    private static Call CallOf(RouteSet set, RouteSet? own = null)
    {
        var shape = new ChatShape();
        Assert.Null(shape.TryRead(Encoding.UTF8.GetBytes("""{"model":"m","messages":[]}"""), out var request));
        return new Call
        {
            Id = Guid.CreateVersion7(), Shape = shape, Request = request, Caller = new Caller("key_1", "Key", Role.Inference, "team_a", ""), Labels = CallLabels.Of(""),
            PromptHash = ByteString.Empty, Lane = "standard", LaneReason = "", Route = set, Arrived = 0,
            Model = new RouteModel("m", "standard", own ?? set, FrozenDictionary<string, RouteSet>.Empty, DateTimeOffset.UnixEpoch),
            Policy = new RoutingTable(
                7, FrozenDictionary<string, RouteProvider>.Empty, FrozenDictionary<string, RouteTarget>.Empty, FrozenDictionary<string, RouteModel>.Empty,
                FrozenDictionary<string, RouteLane>.Empty, [], []),
        };
    }
}
