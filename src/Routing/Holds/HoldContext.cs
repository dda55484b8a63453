using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;

namespace Platform.Routing.Holds;

/// <summary>What Wallet keeps of an attempt beside its money: enough to record its usage from the provider's bill, should nobody else ever know it.</summary>
internal static class HoldContext
{
    /// <param name="known">The attempt as it is known before it is sent.</param>
    public static AttemptContext Of(UsageEvent known) => new()
    {
        KeyId = known.KeyId,
        Workload = known.Workload,
        Lane = known.Lane,
        Provider = known.Provider,
        Model = known.ModelServed,
        PriceId = known.PriceId,
        CallId = known.CallId,
        AttemptNumber = known.AttemptNumber,
        ModelAsked = known.ModelAsked,
        UpstreamKey = known.UpstreamKey,
        ServiceTier = known.ServiceTier,
        Region = known.Region,
        RetryOf = known.RetryOf,
        Fallback = known.Fallback,
        RoutePolicy = known.RoutePolicy,
        Traceparent = known.Traceparent,
        Tags = { known.Tags },
    };
}
