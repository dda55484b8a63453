using Platform.Routing.Policies;

namespace Platform.Routing.Health;

/// <summary>How calls come to a target: with which key, on which route. A provider may refuse one of them and serve all others.</summary>
/// <param name="Key">Null: with whatever key, on whatever route.</param>
/// <param name="IsTeams">The key is a team's own, so others' calls come otherwise.</param>
internal readonly record struct TargetAccess(ProviderKey? Key, ShapeKinds Shape, bool IsTeams)
{
    /// <summary>The platform's key that sends the calls itself and reports how they end, which is believed for its own decisions alone; null: the gateway sends them, or a service, which is believed for all.</summary>
    public string? Reporter { get; init; }

    /// <param name="key">Of the target's provider, for the team that calls.</param>
    public static TargetAccess Of(RouteTarget target, ProviderKey key, ShapeKinds shape) => new(key, shape, IsTeams: !ReferenceEquals(key, target.Provider.ApiKey));
}

/// <summary>As what an attempt was let through; it is given back when the attempt ends.</summary>
internal readonly record struct TargetPass(TargetAccess Access, BreakerPass Target, BreakerPass OfAccess)
{
    public bool IsRefused => Target == BreakerPass.Refused;
}
