using Google.Protobuf;
using Platform.Contracts;
using Platform.Routing.Choosing;
using Platform.Routing.Leases;
using Platform.Routing.Policies;
using Platform.Routing.Policies.Rules;
using Platform.Routing.Pricing;
using Platform.Routing.Shapes;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>Decides for a call: which model, in which lane, and with that who may serve it.</summary>
internal sealed class CallPlanner(PromptHasher hasher, LeasePool leases, PriceReplica prices, TimeProvider time)
{
    /// <summary>Null when attempts may be made.</summary>
    /// <param name="table">The policy in force.</param>
    /// <param name="askedLane">Empty: the model's own.</param>
    /// <param name="callId">Of a call that was begun before; null: a new one.</param>
    /// <param name="arrived">When the call arrived, by the monotonic clock.</param>
    public ApiError? TryPlan(
        RoutingTable table, WireShape shape, CallRequest request, Caller caller, CallLabels labels, string askedLane, long arrived, out Call? call,
        Guid? callId = null)
    {
        call = null;
        if (!table.Models.TryGetValue(request.Model, out var model))
        {
            return ApiError.ModelNotFound(request.Model);
        }

        if (askedLane.Length > 0 && !table.Lanes.ContainsKey(askedLane))
        {
            return ApiError.LaneNotFound(askedLane);
        }

        var asked = askedLane.Length > 0 ? askedLane : model.Lane;
        if (KeyAccess.TryAsk(caller, model, request.Model, asked) is { } forbidden)
        {
            return forbidden;
        }

        var (lane, rule, shadow) = Size(table, shape, request, caller, labels.Workload, model, asked);
        var route = table.RouteOf(model, lane);
        if (request.UnservedError is { } unserved && !route.Targets.Any(choice => request.IsServedAt(choice.Target)))
        {
            return unserved;
        }

        call = new Call
        {
            Id = callId ?? Guid.CreateVersion7(time.GetUtcNow()),
            Shape = shape,
            Request = request,
            Caller = caller,
            Labels = labels,
            PromptHash = request.PromptParts.Length == 0 ? ByteString.Empty : hasher.Hash(caller.TeamId, request),
            Policy = table,
            Model = model,
            Lane = lane,
            LaneReason = rule is not null ? $"rule {rule.Name}; " : lane == model.Lane ? "" : $"lane {lane} asked for; ",
            Shadow = shadow,
            Route = route,
            Arrived = arrived,
        };
        return null;
    }

    /// <summary>What right-sizing rules say. A key's rights are for what its holder asks for; where a rule moves the call is the policy's matter.</summary>
    private SizingDecision Size(
        RoutingTable table, WireShape shape, CallRequest request, Caller caller, string workload, RouteModel model, string asked)
    {
        if (table.Rules.Count == 0)
        {
            return new SizingDecision(asked, null, null);
        }

        var subject = new LeaseSubject(caller.TeamId, caller.UserId, caller.ApplicationId, caller.KeyId, prices.Currency);
        return SizingDecision.Of(
            table,
            new CallFacts(
                model, shape.Kind, asked, workload, caller.TeamId, CallEstimate.SizingTokens(request, table.RouteOf(model, asked), shape.Kind),
                leases.StandingOf(subject).Status));
    }
}
