using Platform.Routing.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>What a key may ask for, of what is served.</summary>
internal static class KeyAccess
{
    /// <summary>
    /// Null when the caller may ask for the model in the lane. A key that is allowed a model may use all of its names; one that is allowed an alias may use that one, for whichever model it stands then.
    /// </summary>
    /// <param name="asked">The model's name, or one of its aliases.</param>
    public static ApiError? TryAsk(Caller caller, RouteModel model, string asked, string lane) =>
        !caller.MayAskModel(model.Name) && !caller.MayAskModel(asked) ? ApiError.ModelNotAllowed(asked)
        : !caller.MayAskLane(lane) ? ApiError.LaneNotAllowed(model.Name, lane)
        : null;

    /// <summary>What the caller may ask for in its own lane, by name: a model's, or that of an alias of which alone it may ask for the model.</summary>
    public static IEnumerable<RouteModel> Askable(RoutingTable table, Caller caller) => table.Models
        .Where(pair => (pair.Key == pair.Value.Name || !caller.MayAskModel(pair.Value.Name)) && TryAsk(caller, pair.Value, pair.Key, pair.Value.Lane) is null)
        .Select(pair => pair.Key == pair.Value.Name ? pair.Value : pair.Value with { Name = pair.Key })
        .OrderBy(model => model.Name, StringComparer.Ordinal);
}
