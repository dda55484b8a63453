using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Platform.ServiceDefaults.Faults;

/// <summary>
/// Callers reckon deadlines by the process's clock, and the gRPC library compares them with the machine's. On a machine whose clock is off the two are one;
/// where a test skews only the process, the difference is taken out here.
/// </summary>
internal sealed class SkewedDeadlines(SkewedTimeProvider time) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Corrected(context));

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Corrected(context));

    private ClientInterceptorContext<TRequest, TResponse> Corrected<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context)
        where TRequest : class
        where TResponse : class =>
        context.Options.Deadline is { } deadline
            ? new(context.Method, context.Host, context.Options.WithDeadline(deadline - time.Skew))
            : context;
}
