using Google.Protobuf;
using Platform.Contracts;
using Platform.Routing.Policies;
using Platform.Routing.Shapes;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>Decides for a call: which model, in which lane, and with that who may serve it.</summary>
internal sealed class CallPlanner(PromptHasher hasher, TimeProvider time)
{
    /// <summary>Null when attempts may be made.</summary>
    /// <param name="table">The policy in force.</param>
    /// <param name="askedLane">Empty: the model's own.</param>
    /// <param name="arrived">When the call arrived, by the monotonic clock.</param>
    public ApiError? TryPlan(
        RoutingTable table, WireShape shape, CallRequest request, Caller caller, string workload, string askedLane, long arrived, out Call? call)
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

        var lane = askedLane.Length > 0 ? askedLane : model.Lane;
        if (KeyAccess.TryAsk(caller, model, lane) is { } forbidden)
        {
            return forbidden;
        }

        call = new Call
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            Shape = shape,
            Request = request,
            Caller = caller,
            Workload = workload,
            PromptHash = request.PromptParts.Length == 0 ? ByteString.Empty : hasher.Hash(caller.TeamId, request),
            Policy = table,
            Model = model,
            Lane = lane,
            LaneReason = lane == model.Lane ? "" : $"lane {lane} asked for; ",
            Route = table.RouteOf(model, lane),
            Arrived = arrived,
        };
        return null;
    }
}
