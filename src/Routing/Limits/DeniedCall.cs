using Platform.Contracts.Events;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Limits;

/// <summary>What is told of a call that the gateway refuses.</summary>
internal static class DeniedCall
{
    /// <summary>At the most that it could have cost where it would have gone first.</summary>
    public static DemandDenied Of(
        string reason, Caller caller, CallLabels labels, string lane, CallRequest request, RouteTarget target, BillablePrices prices, DateTimeOffset now)
    {
        var bound = Bound.Of(prices, target, request.MaxInputTokensAt(target) ?? request.TextBytes, request.CapAt(target), request.Choices);
        return new DemandDenied(
            Guid.CreateVersion7(now), caller.TeamId, caller.KeyId, labels.Workload, lane, target.Provider.Name, target.Model, reason, bound.Nanos, prices.Asked.Currency, now,
            caller.UserId, caller.ApplicationId, Tags: labels.Tags, InputTokens: CallEstimate.InputTokens(request));
    }

    /// <summary>Before its request was read: which model it asks for is not known, nor its lane, and no cost is estimated.</summary>
    public static DemandDenied Unread(string reason, Caller caller, CallLabels labels, string currency, DateTimeOffset now) => new(
        Guid.CreateVersion7(now), caller.TeamId, caller.KeyId, labels.Workload, "", "", "", reason, 0, currency, now, caller.UserId, caller.ApplicationId, Tags: labels.Tags);
}
