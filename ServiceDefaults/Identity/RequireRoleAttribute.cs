using Platform.Contracts.Identity.V1;

namespace Platform.ServiceDefaults.Identity;

/// <summary>
/// The lowest role that may call a gRPC method. Roles viewer, editor, billing admin, admin and owner form a ladder. Services (role gateway) may call
/// what a viewer may, and what asks for <see cref="Role.Gateway"/>, which nobody else may. A method without this attribute is refused to all.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequireRoleAttribute(Role role) : Attribute
{
    public Role Role { get; } = role;

    /// <summary>True when services may call the method too, though it asks for more than a viewer.</summary>
    public bool OrGateway { get; init; }

    public bool Admits(Role caller) => caller switch
    {
        Role.Gateway => OrGateway || Role is Role.Gateway or Role.Viewer or Role.Inference,
        Role.Unspecified => false,
        _ => Role != Role.Gateway && caller >= Role,
    };
}
