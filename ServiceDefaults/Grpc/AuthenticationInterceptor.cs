using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;
using Platform.ServiceDefaults.Identity;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>
/// Judges a stream again for as long as it lives (<see cref="JudgedStream"/>): who opened it with a key that is revoked since is told so, as if asking anew. Who may
/// open one, and make any other call, <see cref="AdmissionMiddleware"/> has judged before; without it no call that asks for a role gets past here.
/// </summary>
internal sealed class AuthenticationInterceptor(CallerCheck check, TimeProvider time) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (AsksForARole(context))
        {
            context.GetCaller();
        }

        return continuation(request, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        AsksForARole(context)
            ? new JudgedStream(context, Judge(context), time).RunAsync(judged => AnswerAsync(continuation(request, new WholeWriter<TResponse>(responseStream), judged)))
            : continuation(request, responseStream, context);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (!AsksForARole(context))
        {
            return continuation(requestStream, context);
        }

        var judge = Judge(context);
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

        var judge = Judge(context);
        return new JudgedStream(context, judge, time).RunAsync(
            judged => AnswerAsync(continuation(new JudgedReader<TRequest>(requestStream, judge), new WholeWriter<TResponse>(responseStream), judged)));
    }

    private static bool AsksForARole(ServerCallContext context) => AdmissionMiddleware.AsksForARole(context.GetHttpContext());

    /// <returns>Throws when the caller may make this call no longer. It holds nothing of the request, so it may be asked beside the method.</returns>
    private Action Judge(ServerCallContext context)
    {
        context.GetCaller();
        var http = context.GetHttpContext();
        var authorization = http.Request.Headers.Authorization.ToString();
        var required = http.GetEndpoint()?.Metadata.GetMetadata<RequireRoleAttribute>();
        return () => check.Require(authorization, required);
    }

    private static async Task<bool> AnswerAsync(Task stream)
    {
        await stream;
        return true;
    }
}
