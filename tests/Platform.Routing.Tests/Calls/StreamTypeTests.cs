using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>What tells a stream from a plain answer: the type that the provider names, however it writes it.</summary>
public sealed class StreamTypeTests() : GatewayTest(new LocalGateway())
{
    [Theory]
    [InlineData("text/event-stream", "a#1 Finished")]
    [InlineData("text/event-stream;charset=utf-8", "a#1 Finished")]
    [InlineData("Text/Event-Stream", "a#1 Finished")]
    [InlineData("text/event-stream;", "a#1 Finished")]
    [InlineData("text/event-stream,text/event-stream", "a#1 Finished")]
    // No stream: it has no usage where a plain answer states it.
    [InlineData("text/event-streams", "a#1 LeasedUnknown")]
    [InlineData("application/json", "a#1 LeasedUnknown")]
    public async Task Stream_is_one_by_its_type_whatever_stands_behind_it(string type, string story)
    {
        Providers.Script("a", "typed " + type);
        var none = new RouteFailover(default, default, 1, 0, TimeSpan.FromMilliseconds(1));
        var answer = await Gateway.CallAsync(LocalGateway.Set(none, LocalGateway.Target("a", Providers.AddressOf("a"))), stream: true);
        Assert.Equal((200, story), (answer.Status, Gateway.Story()));
        Assert.Equal(story != "a#1 Finished", answer.Body.Contains("usage", StringComparison.Ordinal));
    }
}
