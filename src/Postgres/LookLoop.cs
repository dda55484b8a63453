using Grpc.Core;
using Npgsql;

namespace Platform.Postgres;

/// <summary>Work that is looked for again and again, until the service stops. A database or a service that does not answer is tried again, and ends nothing.</summary>
public static class LookLoop
{
    /// <summary>Looks, and again at every interval.</summary>
    /// <param name="look">One look; what it finds it does.</param>
    /// <param name="failed">Told of a database or service that did not answer.</param>
    public static async Task RunAsync(
        Func<CancellationToken, Task> look, Action<Exception> failed, TimeSpan interval, TimeProvider time, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        await RunAsync(look, async cancellationToken => await timer.WaitForNextTickAsync(cancellationToken), failed, interval, time, stoppingToken);
    }

    /// <summary>Looks, and again when what it waits for has come.</summary>
    /// <param name="pause">After a look that failed.</param>
    public static async Task RunAsync(
        Func<CancellationToken, Task> look, Func<CancellationToken, Task> wait, Action<Exception> failed, TimeSpan pause, TimeProvider time, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await look(stoppingToken);
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
        }
    }
}
