using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;

namespace Platform.Api.Wallets;

/// <summary>The usage of an attempt in suspense, as its hold knows it: all but tokens and outcome, which the provider's bill says.</summary>
internal static class SettledUsage
{
    public static UsageEvent Of(OpenHold hold)
    {
        var context = hold.Context ?? new AttemptContext();
        return new UsageEvent
        {
            Source = UsageSources.Suspense,
            EventId = hold.AttemptId,
            AttemptId = hold.AttemptId,
            CallId = Validation.Uuid("call_id", context.CallId) is null ? context.CallId : "", // Holds of earlier releases may have another, which no record may have.
            Funding = Funding.Leased,
            OccurredAt = hold.OccurredAt,
            TeamId = hold.TeamId,
            UserId = hold.UserId,
            ApplicationId = hold.ApplicationId,
            KeyId = context.KeyId,
            Workload = context.Workload,
            Lane = context.Lane,
            Provider = context.Provider,
            ModelAsked = context.ModelAsked.Length > 0 ? context.ModelAsked : context.Model,
            ModelServed = context.Model,
            UpstreamKey = context.UpstreamKey,
            ServiceTier = context.ServiceTier,
            Region = context.Region,
            PriceId = context.PriceId,
            AttemptNumber = Math.Max(1, context.AttemptNumber),
            RetryOf = context.RetryOf,
            Fallback = context.Fallback,
            RouteReason = "settled from suspense",
            RoutePolicy = context.RoutePolicy,
            Traceparent = context.Traceparent,
            Mark = MarkOf(hold),
            Tags = { context.Tags },
        };
    }

    /// <summary>As the gateway would have told it with the usage.</summary>
    public static Mark MarkOf(OpenHold hold) => hold.Overflow ? Mark.Overflow : hold.Observed ? Mark.Observed : Mark.Unspecified;
}
