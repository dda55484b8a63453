using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>
/// Who may make, change and end which keys. Nobody can raise a token above their own role: an owner's and the services' keys are an owner's matter.
/// </summary>
internal static class KeyRights
{
    public static bool MayManage(Role actor, Role key) => actor switch
    {
        Role.Owner => true,
        Role.Admin => key is not (Role.Owner or Role.Gateway),
        _ => false,
    };

    /// <summary>PERMISSION_DENIED (ROLE_MISSING) unless the actor may.</summary>
    public static void Require(Actor actor, Role key)
    {
        if (!MayManage(actor.Role, key))
        {
            throw RpcErrors.Create(
                Grpc.Core.StatusCode.PermissionDenied,
                Reasons.RoleMissing,
                $"Token {actor.KeyId} has role {Name(actor.Role)}; keys of role {Name(key)} are managed by an owner only.");
        }
    }

    /// <summary>As people give it: billing_admin.</summary>
    public static string Name(Role role) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(role.ToString());
}
