using Platform.Contracts.Metering.V1;
using Platform.Routing.Holds;

namespace Platform.Routing.Tests.Holds;

public sealed class HoldContextTests
{
    [Fact]
    public void What_a_record_from_the_bill_needs_goes_with_the_hold()
    {
        var context = HoldContext.Of(new UsageEvent
        {
            KeyId = "key_1", Workload = "batch", Lane = "economy", Provider = "openai", ModelAsked = "default", ModelServed = "gpt-4o-mini", PriceId = 7, CallId = "call",
            AttemptNumber = 2, UpstreamKey = "a1b2", ServiceTier = "flex", Region = "eu", Tags = { ["feature"] = "search" },
            RetryOf = "first", Fallback = true, RoutePolicy = "policy@3", Traceparent = "trace",
        });

        Assert.Equal(("key_1", "batch", "economy", "openai", "gpt-4o-mini", 7L), (context.KeyId, context.Workload, context.Lane, context.Provider, context.Model, context.PriceId));
        Assert.Equal(("flex", "eu"), (context.ServiceTier, context.Region));
        Assert.Equal(("call", 2, "default", "a1b2", "search"), (context.CallId, context.AttemptNumber, context.ModelAsked, context.UpstreamKey, context.Tags["feature"]));
        Assert.Equal(("first", true, "policy@3", "trace"), (context.RetryOf, context.Fallback, context.RoutePolicy, context.Traceparent));
    }
}
