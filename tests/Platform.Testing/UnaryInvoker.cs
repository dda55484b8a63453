using Grpc.Core;

namespace Platform.Testing;

/// <summary>Answers unary calls in the test's own process, and refuses all others.</summary>
public abstract class UnaryInvoker : CallInvoker
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        async Task<TResponse> AnswerAsync() => (TResponse)await this.AnswerAsync(method.Name, request!, options.CancellationToken);

        return new AsyncUnaryCall<TResponse>(AnswerAsync(), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
    }

    /// <summary>What the call is answered; an exception is its failure.</summary>
    protected virtual object Answer(object request) => throw new NotSupportedException();

    /// <summary>As <see cref="Answer"/>, where the method or time matters.</summary>
    protected virtual Task<object> AnswerAsync(string method, object request, CancellationToken cancellationToken) => Task.FromResult(Answer(request));

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException();

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();
}
