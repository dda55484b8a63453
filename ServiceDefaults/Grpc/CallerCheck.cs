using System.Text.Json;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>Who a token's bearer is and whether they may make a call now, with the reason where they may not.</summary>
internal sealed class CallerCheck(IKeyDirectory directory)
{
    /// <param name="authorization">The header as it was sent.</param>
    /// <param name="required">Null admits nobody.</param>
    /// <exception cref="RpcException">UNAUTHENTICATED, PERMISSION_DENIED or UNAVAILABLE, with its reason.</exception>
    public Caller Require(string? authorization, RequireRoleAttribute? required)
    {
        var caller = Authenticate(BearerToken.Read(authorization));
        if (required is null || !required.Admits(caller.Role))
        {
            var needed = required is null ? "a role that no token has" : $"role {Name(required.Role)} or higher{(required.More.Length > 0 ? $", and {required.More}" : "")}";
            throw RpcErrors.Create(
                StatusCode.PermissionDenied,
                Reasons.RoleMissing,
                $"Token {caller.KeyId} has role {Name(caller.Role)}; this needs {needed}.");
        }

        return caller;
    }

    /// <summary>As people give it: billing_admin.</summary>
    private static string Name(Role role) => JsonNamingPolicy.SnakeCaseLower.ConvertName(role.ToString());

    private Caller Authenticate(string? token)
    {
        if (token is null)
        {
            throw RpcErrors.Create(StatusCode.Unauthenticated, Reasons.TokenMissing, "Send a token: Authorization: Bearer kt_live_….");
        }

        if (!directory.IsCurrent)
        {
            throw RpcErrors.Create(
                StatusCode.Unavailable, Reasons.DirectoryUnavailable, "The key directory is not available, so no token can be checked. Try again shortly.");
        }

        return directory.Find(token, out var caller) switch
        {
            KeyStanding.Usable => caller!,
            KeyStanding.Unknown => throw RpcErrors.Create(
                StatusCode.Unauthenticated, Reasons.TokenInvalid, "The token is unknown or revoked. Ask an admin for a new one."),
            KeyStanding.Expired => throw RpcErrors.Create(
                StatusCode.Unauthenticated, Reasons.TokenInvalid, $"Token {caller!.KeyId} has expired. Ask an admin for a new one."),
            KeyStanding.KeyFrozen => throw RpcErrors.Create(
                StatusCode.PermissionDenied, Reasons.KeyFrozen, $"Token {caller!.KeyId} is frozen. Ask an admin to unfreeze it."),
            KeyStanding.UserDisabled => throw RpcErrors.Create(
                StatusCode.PermissionDenied, Reasons.UserDisabled, $"User {caller!.UserId}, whose token this is, is disabled. Ask an admin to enable the user."),
            KeyStanding.TeamFrozen => throw RpcErrors.Create(
                StatusCode.PermissionDenied, Reasons.TeamFrozen, $"Team {caller!.TeamId}, whose token this is, is frozen. Ask an admin to unfreeze it."),
        };
    }
}
