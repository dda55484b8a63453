using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>
/// Lets a call through when its bearer token is usable and its role may call the method; otherwise answers with a reason. Closed by default: a
/// method without <see cref="RequireRoleAttribute"/> is refused.
/// </summary>
internal sealed class AuthenticationInterceptor(IKeyDirectory directory) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Authorize(context);
        return continuation(request, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Authorize(context);
        return continuation(request, responseStream, context);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Authorize(context);
        return continuation(requestStream, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Authorize(context);
        return continuation(requestStream, responseStream, context);
    }

    private void Authorize(ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var metadata = http.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<IAllowAnonymous>() is not null)
        {
            return;
        }

        var caller = Authenticate(http);
        var required = metadata?.GetMetadata<RequireRoleAttribute>();
        if (required is null || !required.Admits(caller.Role))
        {
            var needed = required is null ? "a role that no token has" : $"role {Name(required.Role)} or higher";
            throw RpcErrors.Create(
                StatusCode.PermissionDenied,
                Reasons.RoleMissing,
                $"Token {caller.KeyId} has role {Name(caller.Role)}; this needs {needed}.");
        }

        http.Features.Set(caller);
    }

    /// <summary>As people give it: billing_admin.</summary>
    private static string Name(Role role) => JsonNamingPolicy.SnakeCaseLower.ConvertName(role.ToString());

    private Caller Authenticate(HttpContext http)
    {
        var token = BearerToken.Read(http.Request.Headers.Authorization);
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
