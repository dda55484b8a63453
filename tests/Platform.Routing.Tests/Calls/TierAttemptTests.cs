using Platform.Routing.Journal;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>The tier of an attempt from what is asked to what is recorded. A standard token costs a nano at a; the answer has 110.</summary>
public sealed class TierAttemptTests() : AttemptTest(new LocalGateway { Tiers = [("flex", 50), ("priority", 300)] })
{
    [Theory]
    // The target's tier, the caller's, what the provider does → tier, price, cost and set aside as the journal has them.
    [InlineData("flex", "", "ok flex", "flex 11 55")]
    [InlineData("flex", "", "ok default", "standard 1 110")]
    [InlineData("flex", "", "ok", "standard 1 110")]
    [InlineData("flex", "", "stream flex", "flex 11 55")]
    [InlineData("priority", "flex", "ok priority", "priority 21 330")]
    [InlineData("priority", "", "stream default", "standard 1 110")]
    [InlineData("standard", "flex", "ok flex", "flex 11 55")]
    [InlineData("standard", "flex", "stream default", "standard 1 110")]
    [InlineData("standard", "", "ok priority", "priority 21 330")]
    public async Task The_record_has_the_tier_that_the_answer_tells(string asked, string caller, string script, string expected)
    {
        Providers.Script("a", script);
        var answer = await CallAsync(asked, caller, script.StartsWith("stream", StringComparison.Ordinal));
        var ended = Assert.Single(Gateway.Attempts()).Last;
        Assert.Equal((200, expected), (answer, $"{ended.Event!.ServiceTier} {ended.Event.PriceId} {ended.AmountNanos}"));
        Assert.Equal(asked == "standard" ? caller : asked, Asked());
    }

    [Fact]
    public async Task A_tier_without_a_price_is_recorded_unpriced_with_its_whole_bound_set_aside()
    {
        Providers.Script("a", "ok ultrafast");
        Assert.Equal(200, await CallAsync("standard", "", stream: false));
        var attempt = Assert.Single(Gateway.Attempts());
        Assert.Equal((JournalKind.Finished, "ultrafast", 0, 100), (attempt.Last.Kind, attempt.Last.Event!.ServiceTier, attempt.Last.Event.PriceId, attempt.Last.Event.Tokens.Input));
        Assert.Equal(attempt.Intent.AmountNanos, attempt.Last.AmountNanos);
        Assert.Equal(attempt.Intent.AmountNanos, (await Gateway.LeaseAsync()).DrawnNanos);
    }

    [Fact]
    public async Task A_tier_without_a_price_that_a_caller_asks_for_is_not_asked_for()
    {
        Gateway.Tiers = [];
        Assert.Equal(400, await CallAsync("standard", "flex", stream: false));
        Assert.Empty(Providers.Calls);
    }

    private string Asked() => Providers.Bodies.TryDequeue(out var body) && body.Split("\"service_tier\":\"") is [_, var rest] ? rest.Split('"')[0] : "";

    private async Task<int> CallAsync(string asked, string caller, bool stream)
    {
        var body = $$"""{"model":"m",{{(caller.Length > 0 ? $"\"service_tier\":\"{caller}\"," : "")}}"messages":[],"max_tokens":100}""";
        return (await Gateway.CallAsync(LocalGateway.Set(Once, A with { ServiceTier = asked }), stream, body: body)).Status;
    }
}
