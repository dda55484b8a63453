using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies;

/// <summary>A version of the policy as it is kept.</summary>
/// <param name="ModelsSince">By public model name: when it first stood in a policy.</param>
internal sealed record StoredPolicy(
    long Version, DateTimeOffset AppliedAt, string Actor, string Description, RoutePolicy Policy, IReadOnlyList<PolicyChange> Changes,
    IReadOnlyDictionary<string, DateTimeOffset> ModelsSince)
{
    public PolicyVersion ToContract() => new()
    {
        Version = Version, AppliedAt = AppliedAt.ToTimestampUtc(), Actor = Actor, Description = Description, Policy = Policy, Changes = { Changes },
    };
}
