using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Platform.Postgres;

/// <summary>
/// Work that is looked for again and again, until the service stops. A database or a service that does not answer is tried again, and so is whatever else fails a look: that is logged as an error each time, seen in
/// the service's health until a look succeeds, and ends nothing (docs/decisions/0293).
/// </summary>
public static partial class LookLoop
{
    /// <summary>Between looks that fail one after the other, where the loop's own pause is not longer.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Looks, and again at every interval.</summary>
    /// <param name="look">One look; what it finds it does.</param>
    /// <param name="failed">Told of a database or service that did not answer.</param>
    /// <param name="log">Told of whatever else failed a look.</param>
    /// <param name="file">The loop is called as its file is.</param>
    public static async Task RunAsync(
        Func<CancellationToken, Task> look, Action<Exception> failed, TimeSpan interval, TimeProvider time, ILogger log, CancellationToken stoppingToken,
        [CallerFilePath] string file = "")
    {
        using var timer = new PeriodicTimer(interval, time);
        await RunAsync(look, async cancellationToken => await timer.WaitForNextTickAsync(cancellationToken), failed, interval, time, log, stoppingToken, file);
    }

    /// <summary>Looks, and again when what it waits for has come.</summary>
    /// <param name="pause">After a look that failed; doubled with each that fails for what is in it.</param>
    public static async Task RunAsync(
        Func<CancellationToken, Task> look, Func<CancellationToken, Task> wait, Action<Exception> failed, TimeSpan pause, TimeProvider time, ILogger log,
        CancellationToken stoppingToken, [CallerFilePath] string file = "")
    {
        var loop = Path.GetFileNameWithoutExtension(file);
        var next = pause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await look(stoppingToken);
                FailingLoops.Succeeded(loop);
                next = pause;
                await wait(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException or RpcException)
            {
                failed(exception);
                await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The loop's edge: to let it pass would end the service, and all else that it does, at each start anew.
                FailingLoops.Failed(loop, exception);
                LogLookFailed(log, exception, loop, next.TotalSeconds);
                await Task.Delay(next, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                next = Longer(next, pause);
            }
        }
    }

    private static TimeSpan Longer(TimeSpan last, TimeSpan pause) => last * 2 <= LongestPause ? last * 2 : LongestPause > pause ? LongestPause : pause;

    [LoggerMessage(LogLevel.Error, "A look of {Loop} failed for what is in it; trying again in {Seconds} s.")]
    private static partial void LogLookFailed(ILogger log, Exception exception, string loop, double seconds);
}
