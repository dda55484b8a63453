using Platform.Contracts.Identity.V1;

namespace Platform.ServiceDefaults.Identity;

/// <summary>Who makes a call, as the directory knows the token.</summary>
/// <param name="TeamId">Set for inference keys and lease holders'; empty otherwise.</param>
/// <param name="Workload">The key's default workload; empty means unclassified.</param>
public sealed record Caller(string KeyId, string Name, Role Role, string TeamId, string Workload)
{
    /// <summary>The first of the keys that this one was rotated from, or itself: a rotation changes a secret, not a limit.</summary>
    public string LineKeyId { get; init; } = KeyId;

    /// <summary>Whose key it is; empty for none.</summary>
    public string UserId { get; init; } = "";

    /// <summary>The team's application whose key it is; empty for none.</summary>
    public string ApplicationId { get; init; } = "";

    /// <summary>The name that a lease holder's leases and usage have (<see cref="Contracts.LeaseHolders"/>); empty for all others.</summary>
    public string Holder { get; init; } = "";

    /// <summary>Public model names, and aliases, that the key may ask for; empty means all.</summary>
    public IReadOnlyList<string> AllowedModels { get; init; } = [];

    /// <summary>Lanes that the key may ask for; empty means all.</summary>
    public IReadOnlyList<string> AllowedLanes { get; init; } = [];

    public bool MayAskModel(string model) => AllowedModels.Count == 0 || AllowedModels.Contains(model, StringComparer.Ordinal);

    public bool MayAskLane(string lane) => AllowedLanes.Count == 0 || AllowedLanes.Contains(lane, StringComparer.Ordinal);
}
