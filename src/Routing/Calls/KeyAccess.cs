using Platform.Routing.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>What a key may ask for, of what is served.</summary>
internal static class KeyAccess
{
    /// <summary>Null when the caller may ask for the model in its own lane.</summary>
    public static ApiError? TryAsk(Caller caller, RouteModel model) => TryAsk(caller, model, model.Lane);

    /// <summary>Null when the caller may ask for the model in the lane.</summary>
    public static ApiError? TryAsk(Caller caller, RouteModel model, string lane) =>
        !caller.MayAskModel(model.Name) ? ApiError.ModelNotAllowed(model.Name)
        : !caller.MayAskLane(lane) ? ApiError.LaneNotAllowed(model.Name, lane)
        : null;
}
