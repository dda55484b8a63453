using Platform.Postgres;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>Looks for what is due and sends it: a task a channel, so that a receiver that hangs keeps nobody else waiting and gets one message at a time of each replica.</summary>
internal sealed partial class DeliverAlerts(DeliveryStore deliveries, DeliverDue deliver, AlertSignal signal, TimeProvider time, ILogger<DeliverAlerts> log)
    : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Task> _running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await LookLoop.RunAsync(
            StartDueAsync, cancellationToken => signal.WaitAsync(LookInterval, cancellationToken), LogLookFailed, LookInterval, time, log, stoppingToken);
        await Task.WhenAll(_running.Values);
    }

    private async Task StartDueAsync(CancellationToken cancellationToken)
    {
        foreach (var (channelId, task) in _running.ToList())
        {
            if (task.IsCompleted)
            {
                _running.Remove(channelId);
            }
        }

        foreach (var channelId in await deliveries.ListDueChannelsAsync(time.GetUtcNow(), cancellationToken))
        {
            if (!_running.ContainsKey(channelId))
            {
                _running.Add(channelId, DeliverAsync(channelId, cancellationToken));
            }
        }
    }

    private async Task DeliverAsync(string channelId, CancellationToken cancellationToken)
    {
        try
        {
            await deliver.RunAsync(channelId, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nothing was claimed; the next start goes on.
        }
        catch (Exception exception)
        {
            // The task's edge: what was claimed is taken up again when the claim ends.
            LogDeliveryFailed(exception, channelId);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Looking for alerts to send failed; trying again.")]
    private partial void LogLookFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "Sending to channel {ChannelId} broke off; what was under way is tried again.")]
    private partial void LogDeliveryFailed(Exception exception, string channelId);
}
