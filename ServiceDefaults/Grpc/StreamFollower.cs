using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>Follows a service's stream for as long as the process runs: connects again when it breaks, ends, falls silent, or says what cannot be taken.</summary>
/// <param name="name">What the stream tells, for logs.</param>
/// <param name="silenceLimit">A stream without a message for this long is dead though its connection may look alive: a multiple of its heartbeat.</param>
public sealed partial class StreamFollower(string name, TimeSpan silenceLimit, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Ends when the token does.</summary>
    /// <param name="open">Begins the stream.</param>
    /// <param name="apply">Takes a message, and whether it is its stream's first.</param>
    public async Task FollowAsync<T>(Func<CallOptions, AsyncServerStreamingCall<T>> open, Action<T, bool> apply, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowOnceAsync(open, apply, stoppingToken);
            }
            catch (Exception exception) when (stoppingToken.IsCancellationRequested && exception is RpcException or OperationCanceledException)
            {
                return;
            }
            catch (RpcException exception)
            {
                LogBroken(name, exception.StatusCode, exception.Status.Detail);
            }
            catch (OperationCanceledException)
            {
                LogSilent(name);
            }
            catch (Exception exception)
            {
                // The edge: a message that this code fails at must not end the process. What is known stands, and is taken for old when nothing newer can be taken.
                LogNotTaken(exception, name);
            }

            await Task.Delay(ReconnectDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowOnceAsync<T>(Func<CallOptions, AsyncServerStreamingCall<T>> open, Action<T, bool> apply, CancellationToken stoppingToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        silence.CancelAfter(silenceLimit);
        using var stream = open(new CallOptions(cancellationToken: silence.Token));
        var isFirst = true;
        while (await stream.ResponseStream.MoveNext(silence.Token))
        {
            apply(stream.ResponseStream.Current, isFirst);
            isFirst = false;
            silence.CancelAfter(silenceLimit);
        }
    }

    [LoggerMessage(LogLevel.Information, "The {Stream} stream broke ({Status}: {Detail}); connecting again.")]
    private partial void LogBroken(string stream, StatusCode status, string detail);

    [LoggerMessage(LogLevel.Error, "A message of the {Stream} stream could not be taken; connecting again.")]
    private partial void LogNotTaken(Exception exception, string stream);

    [LoggerMessage(LogLevel.Warning, "The {Stream} stream fell silent; connecting again.")]
    private partial void LogSilent(string stream);
}
