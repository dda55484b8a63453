using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Tests.Calls;

/// <summary>The region of a message from what is asked to what is recorded. A token costs 10 nanos in us and one everywhere; the answer has 110.</summary>
public sealed class RegionAttemptTests() : AttemptTest(new LocalGateway { UsPercent = 1_000 })
{
    [Theory]
    // The target's region, the caller's, what the provider does → region, price and cost as the journal has them.
    [InlineData("", "", "geo us", "us 101 1100")]
    [InlineData("", "", "geo-stream us", "us 101 1100")]
    [InlineData("", "", "geo global", " 1 110")]
    [InlineData("", "", "geo not_available", " 1 110")]
    [InlineData("", "us", "geo us", "us 101 1100")]
    [InlineData("", "us", "geo-stream us", "us 101 1100")]
    [InlineData("us", "", "geo not_available", "us 101 1100")]
    [InlineData("us", "global", "geo-stream global", " 1 110")]
    public async Task The_record_has_the_region_that_the_answer_tells_and_its_bound_covers_that(string own, string asked, string script, string expected)
    {
        Providers.Script("a", script);
        Assert.Equal(200, await CallAsync(own, asked, script.StartsWith("geo-stream", StringComparison.Ordinal)));
        var attempt = Assert.Single(Gateway.Attempts());
        Assert.Equal(expected, $"{attempt.Last.Event!.Region} {attempt.Last.Event.PriceId} {attempt.Last.AmountNanos}");
        Assert.InRange(attempt.Last.AmountNanos, 0, attempt.Intent.AmountNanos);
        Assert.Equal(asked.Length > 0, Providers.Bodies.Single().Contains($"\"inference_geo\":\"{asked}\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_region_without_a_price_is_not_asked_for_and_one_that_is_told_changes_nothing()
    {
        Gateway.UsPercent = null;
        Assert.Equal(400, await CallAsync("", "us", stream: false));
        Assert.Empty(Providers.Bodies);
        Providers.Script("a", "geo us");
        Assert.Equal(200, await CallAsync("", "", stream: false));
        var ended = Assert.Single(Gateway.Attempts()).Last;
        Assert.Equal(("", 1, 110), (ended.Event!.Region, ended.Event.PriceId, ended.AmountNanos));
    }

    private async Task<int> CallAsync(string own, string asked, bool stream)
    {
        var target = A with { Shapes = ShapeKinds.Messages, Region = own, Provider = A.Provider with { Kind = ProviderKind.Anthropic } };
        var body = $$"""{"model":"m",{{(asked.Length > 0 ? $"\"inference_geo\":\"{asked}\"," : "")}}"messages":[{"role":"user","content":"{{new string('h', 40)}}"}],"max_tokens":100}""";
        return (await Gateway.CallAsync(LocalGateway.Set(Once, target), stream, body: body, shape: new MessagesShape())).Status;
    }
}
