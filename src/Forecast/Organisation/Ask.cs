using Grpc.Core;
using Platform.Contracts;

namespace Platform.Forecast.Organisation;

/// <summary>Asks another service, which an answer must not be silently poorer without.</summary>
internal static class Ask
{
    /// <inheritdoc cref="ServiceAsync{T}(TimeProvider, TimeSpan, string, Func{CallOptions, Task{T}}, CancellationToken)"/>
    public static Task<T> ServiceAsync<T>(TimeProvider time, TimeSpan limit, string silent, Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken) =>
        ServiceAsync(time, limit, silent, async options => await call(options), cancellationToken);

    /// <param name="limit">How long its answer is waited for.</param>
    /// <param name="silent">What is said when it does not answer: who, and what it has.</param>
    /// <exception cref="RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE) when it does not answer, with the cause as the status's debug exception, which callers are not sent; else what it answers.</exception>
    public static async Task<T> ServiceAsync<T>(TimeProvider time, TimeSpan limit, string silent, Func<CallOptions, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(new CallOptions(deadline: (time.GetUtcNow() + limit).UtcDateTime, cancellationToken: cancellationToken));
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            var error = RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, $"{silent} does not answer. Try again shortly.");
            throw new RpcException(new Status(error.StatusCode, error.Status.Detail, exception), error.Trailers);
        }
    }
}
