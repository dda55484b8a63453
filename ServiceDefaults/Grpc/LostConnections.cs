using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>
/// A call whose connection was lost under it ends as UNAVAILABLE, however it was lost: nobody knows what became of it, and callers say so, or repeat. The gRPC library has INTERNAL where HTTP/2 gave the connection up, as it does when
/// the other end stands still and answers no ping: that reads as a fault of the service, which it would have logged, and of a change that may have taken effect nobody was told to repeat it under its key.
/// </summary>
internal sealed class LostConnections : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, context);
        return new(AnswerAsync(call.ResponseAsync), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(request, context);
        return new(new Reader<TResponse>(call.ResponseStream), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(context);
        return new(call.RequestStream, AnswerAsync(call.ResponseAsync), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        var call = continuation(context);
        return new(call.RequestStream, new Reader<TResponse>(call.ResponseStream), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    private static async Task<T> AnswerAsync<T>(Task<T> answer)
    {
        try
        {
            return await answer.ConfigureAwait(false);
        }
        catch (RpcException exception) when (IsOfTheConnection(exception))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The connection to the service was lost.", exception.Status.DebugException), exception.Trailers);
        }
    }

    /// <summary>What a service itself answers has no exception of this side in it.</summary>
    private static bool IsOfTheConnection(RpcException exception)
    {
        for (var cause = exception.StatusCode == StatusCode.Internal ? exception.Status.DebugException : null; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpIOException)
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Reader<T>(IAsyncStreamReader<T> stream) : IAsyncStreamReader<T>
    {
        public T Current => stream.Current;

        public Task<bool> MoveNext(CancellationToken cancellationToken) => AnswerAsync(stream.MoveNext(cancellationToken));
    }
}
