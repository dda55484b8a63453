using Platform.Contracts.Identity.V1;

namespace Platform.ServiceDefaults.Identity;

/// <summary>
/// The lowest role that may call a gRPC method. Roles viewer, editor, billing admin, admin and owner form a ladder. Services (role gateway) may call
/// what a viewer may, and what asks for <see cref="Role.Gateway"/>, which nobody else may. A team's own platform (role lease holder) stands on no rung: it may call what names
/// it, and ask who it is. A method without this attribute is refused to all.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequireRoleAttribute(Role role) : Attribute
{
    public Role Role { get; } = role;

    /// <summary>The higher role that some of the method's requests need, and which ones: told to who has not even the lowest one. Empty for none.</summary>
    public string More { get; init; } = "";

    /// <summary>True when services may call the method too, though it asks for more than a viewer.</summary>
    public bool OrGateway { get; init; }

    /// <summary>True when lease holders may call the method too. It then has to hold each of them to its own name.</summary>
    public bool OrLeaseHolder { get; init; }

    public bool Admits(Role caller) => caller switch
    {
        Role.Gateway => OrGateway || Role is Role.Gateway or Role.Viewer or Role.Inference,
        Role.LeaseHolder => OrLeaseHolder,
        Role.Unspecified => false,
        _ => Role is not (Role.Gateway or Role.LeaseHolder) && caller >= Role,
    };
}
