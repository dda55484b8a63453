using Platform.Routing.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>What a key may ask for, of what is served.</summary>
internal static class KeyAccess
{
    /// <summary>Null when the caller may ask for the model.</summary>
    public static ApiError? TryAsk(Caller caller, RouteModel model) =>
        !caller.MayAskModel(model.Name) ? ApiError.ModelNotAllowed(model.Name)
        : !caller.MayAskLane(model.Lane) ? ApiError.LaneNotAllowed(model.Name, model.Lane)
        : null;
}
