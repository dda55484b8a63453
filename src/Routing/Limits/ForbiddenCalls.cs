using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;
using Platform.Routing.Shapes;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Limits;

/// <summary>
/// Tells of calls, and of work that waits, that neither wallet nor limit refused: their key may not ask for the model or its lane, or the key or its team is frozen. That is demand as well, which spend
/// does not show. Other refusals (a key that has ended, a request that nobody could serve) are told to nobody, nor are those of what is free: to count tokens, to list models.
/// </summary>
internal sealed class ForbiddenCalls(DeniedCalls denied, PriceReplica prices, TimeProvider time)
{
    /// <param name="caller">As far as the directory knows him.</param>
    public void TellStranger(ApiError error, Caller? caller, IHeaderDictionary headers)
    {
        if (caller is { Role: Role.Inference } && ReasonOf(error) is Reasons.KeyFrozen or Reasons.TeamFrozen)
        {
            var isRead = CallLabels.TryRead(headers, caller, out var labels) is null;
            denied.TellUnread(DeniedCall.Unread(ReasonOf(error), caller, isRead ? labels : CallLabels.Of(caller.Workload), prices.Currency, Now));
        }
    }

    /// <param name="error">Why the call was not planned, of a request that is read: a frozen caller's is when it was handed in earlier.</param>
    /// <param name="askedLane">Empty: the model's own.</param>
    public void TellUnplanned(ApiError error, RoutingTable table, WireShape shape, CallRequest request, Caller caller, CallLabels labels, string askedLane)
    {
        if (ReasonOf(error) is not (Reasons.ModelNotAllowed or Reasons.LaneNotAllowed or Reasons.KeyFrozen or Reasons.TeamFrozen)
            || !table.Models.TryGetValue(request.Model, out var model))
        {
            return;
        }

        var lane = askedLane.Length > 0 ? askedLane : model.Lane;
        foreach (var choice in table.RouteOf(model, lane).Targets)
        {
            if (choice.Target.Shapes.HasFlag(shape.Kind) && BillablePrices.TryFind(prices.Current, choice.Target, request) is { } billable)
            {
                denied.Tell(DeniedCall.Of(ReasonOf(error), caller, labels, lane, request, choice.Target, billable, Now));
                return;
            }
        }
    }

    private DateTimeOffset Now => time.GetUtcNow().TruncateToMicroseconds();

    /// <summary>As gRPC has it.</summary>
    private static string ReasonOf(ApiError error) => error.Code.ToUpperInvariant();
}
