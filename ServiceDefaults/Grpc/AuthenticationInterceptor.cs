using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Platform.Contracts;
using Platform.ServiceDefaults.Identity;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>
/// Lets a call through when its bearer token is usable and its role may call the method; otherwise answers with a reason. Closed by default: a
/// method without <see cref="RequireRoleAttribute"/> is refused. A stream is judged again for as long as it lives (<see cref="JudgedStream"/>): who opened it
/// with a key that is revoked since is told so, as if asking anew.
/// </summary>
internal sealed class AuthenticationInterceptor(CallerCheck check, TimeProvider time) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (AsksForARole(context))
        {
            Admit(context);
        }

        return continuation(request, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        AsksForARole(context)
            ? new JudgedStream(context, Admit(context), time).RunAsync(judged => AnswerAsync(continuation(request, responseStream, judged)))
            : continuation(request, responseStream, context);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (!AsksForARole(context))
        {
            return continuation(requestStream, context);
        }

        var judge = Admit(context);
        return new JudgedStream(context, judge, time).RunAsync(judged => continuation(new JudgedReader<TRequest>(requestStream, judge), judged));
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (!AsksForARole(context))
        {
            return continuation(requestStream, responseStream, context);
        }

        var judge = Admit(context);
        return new JudgedStream(context, judge, time).RunAsync(
            judged => AnswerAsync(continuation(new JudgedReader<TRequest>(requestStream, judge), responseStream, judged)));
    }

    private static bool AsksForARole(ServerCallContext context) => context.GetHttpContext().GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null;

    /// <summary>Lets the call in, or throws.</summary>
    /// <returns>Throws when its caller may make it no longer. It holds nothing of the request, so it may be asked beside the method.</returns>
    /// <exception cref="RpcException">The caller may not make this call.</exception>
    private Action Admit(ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var authorization = http.Request.Headers.Authorization.ToString();
        var required = http.GetEndpoint()?.Metadata.GetMetadata<RequireRoleAttribute>();
        http.Features.Set(check.Require(authorization, required));
        return () => check.Require(authorization, required);
    }

    private static async Task<bool> AnswerAsync(Task stream)
    {
        await stream;
        return true;
    }
}
