using Platform.Contracts.Identity.V1;

namespace Platform.ServiceDefaults.Identity;

/// <summary>Who makes a call, as the directory knows the token.</summary>
/// <param name="TeamId">Set for inference keys; empty otherwise.</param>
/// <param name="Workload">The key's default workload; empty means unclassified.</param>
public sealed record Caller(string KeyId, string Name, Role Role, string TeamId, string Workload);
