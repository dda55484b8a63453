using Platform.Contracts.Metering.V1;
using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Tests.Calls;

/// <summary>Refusals that come under the status of a success: what they cost, and who is asked next. A token costs as many nanos as its provider's name has letters; 110 are stated.</summary>
public sealed class RefusedMessageTests() : GatewayTest(new LocalGateway())
{
    private const string Body = """{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":100}""";

    private static readonly RouteFailover Alone = new(FailureKinds.None, FailureKinds.None, 3, 20, TimeSpan.FromMilliseconds(1));

    [Theory]
    [InlineData("refusal cyber", nameof(ProviderKind.Anthropic), 0, Outcome.Failed)]
    [InlineData("refusal -", nameof(ProviderKind.Anthropic), 0, Outcome.Failed)]
    [InlineData("refusal bio", nameof(ProviderKind.Anthropic), 110, Outcome.Failed)]
    [InlineData("refusal-text cyber", nameof(ProviderKind.Anthropic), 110, Outcome.Succeeded)]
    [InlineData("refusal cyber", nameof(ProviderKind.Compatible), 110, Outcome.Failed)]
    [InlineData("refusal-stream cyber", nameof(ProviderKind.Anthropic), 0, Outcome.Failed)]
    [InlineData("refusal-stream -", nameof(ProviderKind.Anthropic), 0, Outcome.Failed)]
    [InlineData("refusal-stream bio", nameof(ProviderKind.Anthropic), 110, Outcome.Failed)]
    [InlineData("refusal-text-stream cyber", nameof(ProviderKind.Anthropic), 110, Outcome.Succeeded)]
    public async Task Refusal_before_any_output_costs_what_its_provider_bills_and_reaches_the_caller_whole(string script, string kind, long cost, Outcome outcome)
    {
        var answer = await CallAsync(script, Enum.Parse<ProviderKind>(kind), Alone);
        var end = Assert.Single(Gateway.Attempts()).Last;
        Assert.Equal((200, cost, outcome), (answer.Status, end.AmountNanos, end.Event!.Outcome));
        Assert.Equal(cost > 0 && outcome == Outcome.Failed, Gateway.LastCall!.MayBeBilled);
        Assert.Contains("\"stop_reason\":\"refusal\"", answer.Body, StringComparison.Ordinal);
        Assert.EndsWith(script.Contains("stream", StringComparison.Ordinal) ? "data: {\"type\":\"message_stop\"}\n\n" : "}", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("refusal cyber", nameof(FailureKinds.ContentPolicy), "a#1 Finished, bb#2 Finished")]
    [InlineData("refusal cyber", nameof(FailureKinds.ServerError), "a#1 Finished")]
    [InlineData("refusal-text cyber", nameof(FailureKinds.ContentPolicy), "a#1 Finished")]
    [InlineData("refusal-stream bio", nameof(FailureKinds.ContentPolicy), "a#1 Finished, bb#2 Finished")]
    [InlineData("refusal-stream bio", nameof(FailureKinds.ServerError), "a#1 Finished")]
    [InlineData("refusal-text-stream bio", nameof(FailureKinds.ContentPolicy), "a#1 Finished")]
    public async Task Refusal_before_any_output_goes_on_to_the_next_target_where_the_policy_says_so(string script, string kind, string story)
    {
        var answer = await CallAsync(script, ProviderKind.Anthropic, Alone with { FallbackOn = Enum.Parse<FailureKinds>(kind) });
        Assert.Equal((200, story), (answer.Status, Gateway.Story()));
        Assert.Equal(!story.Contains("bb", StringComparison.Ordinal), answer.Body.Contains("refusal", StringComparison.Ordinal));
    }

    private async Task<(int Status, string Body)> CallAsync(string script, ProviderKind kind, RouteFailover failover)
    {
        Providers.Script("a", script);
        var set = LocalGateway.Set(failover, Target("a", kind), Target("bb", kind));
        var answer = await Gateway.CallAsync(set, stream: script.Contains("stream", StringComparison.Ordinal), body: Body, shape: new MessagesShape());
        return (answer.Status, answer.Body);
    }

    private RouteTarget Target(string name, ProviderKind kind)
    {
        var target = LocalGateway.Target(name, Providers.AddressOf(name));
        return target with { Shapes = ShapeKinds.Messages, Provider = target.Provider with { Kind = kind } };
    }
}
