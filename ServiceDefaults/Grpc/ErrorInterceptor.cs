using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using Platform.Contracts;
using RabbitMQ.Client.Exceptions;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>
/// The edge of a gRPC method: what a service meant to answer passes; a dependency that failed answers UNAVAILABLE, so that callers try again; a text that no database can
/// have is the caller's; anything else is a bug, logged whole and answered without inner details.
/// </summary>
internal sealed partial class ErrorInterceptor(ILogger<ErrorInterceptor> log) : Interceptor
{
    private const string NumericValueOutOfRange = "22003";

    // What PostgreSQL says of U+0000: in a text, and in JSON.
    private const string CharacterNotInRepertoire = "22021";
    private const string UntranslatableCharacter = "22P05";

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(() => continuation(request, context), context);

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(
            async () =>
            {
                await continuation(request, responseStream, context);
                return 0;
            },
            context);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(() => continuation(requestStream, context), context);

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(
            async () =>
            {
                await continuation(requestStream, responseStream, context);
                return 0;
            },
            context);

    private async Task<T> GuardAsync<T>(Func<Task<T>> call, ServerCallContext context)
    {
        try
        {
            return await call();
        }
        catch (RpcException exception)
        {
            // Of a call of its own that failed on the way; what another service answered has none, and stands in that one's log.
            if (exception.Status.DebugException is { } cause && !IsOver(context))
            {
                LogServiceFailed(cause, context.Method, exception.StatusCode);
            }

            throw;
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            throw Gone();
        }
        catch (InvalidOperationException) when (IsOver(context))
        {
            // What a stream says of a message that is written to a call that is over.
            throw Gone();
        }
        catch (System.Data.Common.DbException exception) when (DatabaseFailures.IsTransient(exception))
        {
            LogDependencyFailed(exception, context.Method);
            throw RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, "The service's database does not answer, or takes no writes. Try again shortly.");
        }
        catch (Exception exception) when (exception is RabbitMQClientException or BrokerUnreachableException)
        {
            LogBrokerFailed(exception, context.Method);
            throw RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, "The message broker does not answer. Try again shortly.");
        }
        catch (Exception exception) when (IsOutOfRange(exception))
        {
            LogOutOfRange(exception, context.Method);

            // No code that a service takes for the last word on a hold or a lease: what it told is told again until it can be kept.
            throw RpcErrors.Create(
                StatusCode.OutOfRange, Reasons.FigureOutOfRange,
                "A figure is beyond what can be counted: 9,223,372,036 units of currency. Most often a price is too high by far: kt prices list shows it, and kt prices set "
                + "--from … --retroactive sets right what was rated at it.");
        }
        catch (System.Data.Common.DbException exception) when (exception.SqlState is CharacterNotInRepertoire or UntranslatableCharacter)
        {
            LogNotStorable(exception, context.Method);
            throw RpcErrors.InvalidArgument("A text of the request contains U+0000, which nothing here has in its id, name or text. Leave the character out.");
        }
        catch (Exception exception)
        {
            LogBug(exception, context.Method);
            throw RpcErrors.Create(StatusCode.Internal, "INTERNAL", "The service failed on this call; its log says why.");
        }
    }

    private static RpcException Gone() => new(new Status(StatusCode.Cancelled, "The caller went away or its deadline passed."));

    /// <summary>At a deadline the server ends the answer before it cancels the call's token, so until then the deadline itself tells; by the machine's clock, as the server keeps it.</summary>
    private static bool IsOver(ServerCallContext context) =>
        context.CancellationToken.IsCancellationRequested || context.Deadline <= TimeProvider.System.GetUtcNow().UtcDateTime;

    // Arithmetic is checked, here and in the database; a sum that leaves 64 bits is told as such and never wrapped or cut.
    private static bool IsOutOfRange(Exception exception) =>
        exception is OverflowException or System.Data.Common.DbException { SqlState: NumericValueOutOfRange };

    [LoggerMessage(LogLevel.Error, "{Method} met a figure that leaves 64 bits.")]
    private partial void LogOutOfRange(Exception exception, string method);

    [LoggerMessage(LogLevel.Information, "{Method} was given a text that the database cannot have.")]
    private partial void LogNotStorable(Exception exception, string method);

    [LoggerMessage(LogLevel.Warning, "{Method} failed on the database.")]
    private partial void LogDependencyFailed(Exception exception, string method);

    [LoggerMessage(LogLevel.Warning, "{Method} failed on another service: {Status}.")]
    private partial void LogServiceFailed(Exception exception, string method, StatusCode status);

    [LoggerMessage(LogLevel.Warning, "{Method} failed on the broker.")]
    private partial void LogBrokerFailed(Exception exception, string method);

    [LoggerMessage(LogLevel.Error, "{Method} failed.")]
    private partial void LogBug(Exception exception, string method);
}
