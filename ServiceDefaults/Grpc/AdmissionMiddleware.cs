using System.Globalization;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Platform.ServiceDefaults.Identity;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>
/// Lets a gRPC call through when its bearer token is usable and its role may call the method; otherwise answers with a reason. Closed by default: a
/// method without <see cref="RequireRoleAttribute"/> is refused. It stands before the endpoint, because an interceptor is handed a message that has been read:
/// whoever has no token could have the service make objects of as much as a message may have.
/// </summary>
internal sealed class AdmissionMiddleware(RequestDelegate next, CallerCheck check)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata is not { } method || method.GetMetadata<GrpcMethodMetadata>() is null || !AsksForARole(http))
        {
            return next(http);
        }

        try
        {
            http.Features.Set(check.Require(http.Request.Headers.Authorization, method.GetMetadata<RequireRoleAttribute>()));
        }
        catch (RpcException exception)
        {
            Refuse(http.Response, exception);
            return Task.CompletedTask;
        }

        return next(http);
    }

    public static bool AsksForARole(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null;

    /// <summary>What an error of a method looks like before anything was answered: headers and the status, in one (Trailers-Only of gRPC over HTTP/2).</summary>
    private static void Refuse(HttpResponse response, RpcException exception)
    {
        response.ContentType = "application/grpc";
        response.Headers.GrpcStatus = ((int)exception.StatusCode).ToString(CultureInfo.InvariantCulture);
        response.Headers.GrpcMessage = Uri.EscapeDataString(exception.Status.Detail);
        foreach (var trailer in exception.Trailers)
        {
            response.Headers[trailer.Key] = trailer.IsBinary ? Convert.ToBase64String(trailer.ValueBytes) : trailer.Value;
        }
    }
}
