using System.Collections.Frozen;
using Platform.Routing.Health;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>Targets that are left alone for what an attempt there showed, and what the caller hears of it.</summary>
public sealed class TargetLeftAloneTests : AttemptTest
{
    [Fact]
    public async Task Redirect_is_no_answer_for_the_caller_whose_client_would_follow_it_with_his_key()
    {
        Providers.Script("a", "308");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((502, "a#1 Finished"), (answer.Status, Gateway.Story()));
        Assert.Contains("redirect (308)", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Location", answer.Headers.Keys);
    }

    [Theory]
    [InlineData("401", "refused the gateway's key (401)")]
    [InlineData("404 model_not_found", "knows no such model or route (404)")]
    [InlineData("402", "has no credit left (402)")]
    [InlineData("429 insufficient_quota", "has no credit left (429)")]
    [InlineData("308", "answers with a redirect (308): its base_url is out of date")]
    public async Task Target_that_refuses_theGateway_itself_is_left_alone_at_once(string a, string reason)
    {
        Providers.Script("a", a);
        var set = LocalGateway.Set(Usual, A, Bb);
        await Gateway.CallAsync(set);
        var state = Gateway.Board.Of(set.Targets[0].Target);
        Assert.Equal((Availability.Open, reason), (state.Look().Availability, state.Stand().LastFailure));
        await Gateway.CallAsync(set);
        Assert.Equal("fallback: a/m-a is left alone for a while", Gateway.Attempts()[^1].Intent.Event!.RouteReason);
    }

    [Theory]
    [InlineData("401")]
    [InlineData("404 model_not_found")]
    public async Task Key_of_a_team_that_is_refused_is_left_alone_and_closes_the_target_off_for_nobody_else(string refusal)
    {
        Providers.Script("a", refusal, "ok");
        var own = A with { Provider = A.Provider with { TeamApiKeys = new Dictionary<string, ProviderKey?> { ["team_a"] = new("sk-team") }.ToFrozenDictionary() } };
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(200, (await Gateway.CallAsync(LocalGateway.Set(Usual, own, Bb))).Status);
        }

        Assert.Equal("fallback: a/m-a is left alone for a while", Gateway.Attempts()[^1].Intent.Event!.RouteReason);
        await Gateway.CallAsync(LocalGateway.Set(Usual, A, Bb));
        Assert.Equal("a#1 Finished, bb#2 Finished, bb#1 Finished, a#1 Finished", Gateway.Story());
        Assert.Equal(Availability.Available, Gateway.Board.Of(own).Look().Availability);
    }

    [Fact]
    public async Task Team_whose_own_key_is_missing_is_never_served_with_the_shared_one()
    {
        var own = A with { Provider = A.Provider with { TeamApiKeys = new Dictionary<string, ProviderKey?> { ["team_a"] = null }.ToFrozenDictionary() } };
        Assert.Equal(200, (await Gateway.CallAsync(LocalGateway.Set(Usual, own, Bb))).Status);
        var alone = await Gateway.CallAsync(LocalGateway.Set(Usual, own));
        Assert.Equal((503, "bb#1 Finished"), (alone.Status, Gateway.Story()));
        Assert.Contains($"The provider '{own.Provider.Name}' is not set up: the key of team 'team_a' is missing.", alone.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("402")]
    [InlineData("429 insufficient_quota")]
    [InlineData("400 billing_hard_limit_reached")]
    public async Task Account_without_credit_is_no_refusal_of_the_wallet_and_its_words_are_not_passed_on(string refusal)
    {
        Providers.Script("a", refusal);
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((503, "a#1 Finished"), (answer.Status, Gateway.Story()));
        Assert.Contains("no credit left", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("says no", answer.Body, StringComparison.Ordinal);
        Assert.Equal(0, Gateway.Attempts()[0].Last.AmountNanos);
    }

    [Fact]
    public async Task Target_that_keeps_failing_is_left_alone_and_its_next_one_serves_first()
    {
        await using var gateway = new LocalGateway(breaker: new BreakerOptions { ConsecutiveFailures = 2 });
        Providers.Script("a", "500", "500");
        var set = LocalGateway.Set(Usual, A, Bb);
        await gateway.CallAsync(set);
        await gateway.CallAsync(set);
        var answer = await gateway.CallAsync(set);
        Assert.Equal((200, "1"), (answer.Status, answer.Headers["X-KT-Attempts"].ToString()));
        var last = gateway.Attempts()[^1].Last.Event!;
        Assert.Equal(("fallback: a/m-a is left alone for a while", true, 110), (last.RouteReason, last.Fallback, last.PrimaryCostNanos));
        Assert.Equal(BreakerState.Open, gateway.Board.Of(set.Targets[0].Target).Stand().State);
    }

    [Fact]
    public async Task Call_whose_only_target_is_left_alone_costs_nothing_and_hears_when_to_come_back()
    {
        await using var gateway = new LocalGateway(breaker: new BreakerOptions { ConsecutiveFailures = 1, CoolDownSeconds = 30 });
        Providers.Script("a", "500");
        await gateway.CallAsync(LocalGateway.Set(Usual, A));
        var answer = await gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((503, "30", "a#1 Finished"), (answer.Status, answer.Headers.RetryAfter.ToString(), gateway.Story()));
    }

    [Fact]
    public async Task Target_that_was_rate_limited_rests_while_another_can_serve()
    {
        Providers.Script("a", "429 30");
        var set = LocalGateway.Set(Usual, A, Bb);
        await Gateway.CallAsync(set);
        await Gateway.CallAsync(set);
        Assert.Equal("a#1 Finished, bb#2 Finished, bb#1 Finished", Gateway.Story());
        Providers.Script("bb", "500");
        await Gateway.CallAsync(set);
        Assert.EndsWith("bb#1 Finished, a#2 Finished", Gateway.Story(), StringComparison.Ordinal);
    }
}
