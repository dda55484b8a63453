using Npgsql;
using Platform.Contracts;
using Platform.Metering.Alerts.Channels;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>
/// Sends what a channel has due, one after the other. (1) Claim one: no other replica touches it while the claim lasts, and a crash costs no more than the claim's time.
/// (2) Send. (3) Write what came of it: that it was delivered, again and again while the claim lasts, because who reads Slack or mail cannot tell a second one from the first.
/// Between (2) and (3) a crash leaves it unknown whether it arrived: it is sent again, under the same id, by which a webhook's receiver can tell.
/// </summary>
internal sealed partial class DeliverDue(
    NpgsqlDataSource dataSource, DeliveryStore deliveries, AlertStore alerts, ChannelStore channels, SendAlert send, RaiseAlert raise, AlertTelemetry telemetry,
    TimeProvider time, ILogger<DeliverDue> log)
{
    /// <summary>Longer than any attempt, so that a claim ends only with its replica.</summary>
    private static readonly TimeSpan ClaimTime = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan NoteInterval = TimeSpan.FromSeconds(1);

    /// <summary>Answers how many attempts were made.</summary>
    public async Task<int> RunAsync(string channelId, CancellationToken cancellationToken)
    {
        var attempts = 0;
        while (!cancellationToken.IsCancellationRequested && await ClaimAsync(channelId, cancellationToken) is { } delivery)
        {
            // An attempt that has begun ends by its own time, whoever stops meanwhile: cut off, it would be sent twice.
            await AttemptAsync(delivery, CancellationToken.None);
            attempts++;
        }

        return attempts;
    }

    private Task<ClaimedDelivery?> ClaimAsync(string channelId, CancellationToken cancellationToken)
    {
        var now = Now();
        return deliveries.ClaimAsync(channelId, now, now + ClaimTime, cancellationToken);
    }

    private async Task AttemptAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        var channel = (await channels.FindAsync(delivery.ChannelId, cancellationToken))!;
        var alert = (await alerts.FindAsync(delivery.AlertId, cancellationToken))!;
        var result = await SendAsync(delivery, channel, alert);
        telemetry.Attempted(channel.Type, result.Outcome);
        if (result.Outcome == SendOutcome.Delivered)
        {
            await EndDeliveredAsync(delivery, cancellationToken);
            return;
        }

        await EndFailedAsync(delivery, channel, result, cancellationToken);
    }

    /// <summary>The edge of an attempt: one that a bug broke off has failed like any other, so that it comes to an end and whoever looks is told why.</summary>
    private async Task<SendResult> SendAsync(ClaimedDelivery delivery, ChannelRow channel, AlertRow alert)
    {
        try
        {
            return await send.RunAsync(channel, alert);
        }
        catch (Exception exception)
        {
            LogBrokeOff(exception, delivery.DeliveryId, channel.ChannelId);
            return SendResult.Failed("Sending it broke off; Metering's log says why.");
        }
    }

    /// <summary>Outlasts a database that is away, as in a failover: what was delivered stays delivered however often it is written.</summary>
    private async Task EndDeliveredAsync(ClaimedDelivery delivery, CancellationToken cancellationToken)
    {
        var deliveredAt = Now();
        while (true)
        {
            try
            {
                await deliveries.EndDeliveredAsync(delivery, deliveredAt, cancellationToken);
                return;
            }
            catch (NpgsqlException exception) when (Now() + NoteInterval < delivery.ClaimedUntil)
            {
                LogNotNoted(exception, delivery.DeliveryId, delivery.ChannelId);
                await Task.Delay(NoteInterval, time, cancellationToken);
            }
        }
    }

    private async Task EndFailedAsync(ClaimedDelivery delivery, ChannelRow channel, SendResult result, CancellationToken cancellationToken)
    {
        var now = Now();
        var next = result.Outcome == SendOutcome.Failed
            ? RetrySchedule.Next(delivery.Attempt, now, result.RetryAfter, Random.Shared.NextDouble())
            : null;
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (result.Outcome == SendOutcome.Gone)
        {
            // The channel's row before its deliveries, as whoever changes the channel takes them.
            await ChannelStore.DisableAsync(transaction, channel.ChannelId, result.Error, now, cancellationToken);
        }

        var ended = await DeliveryStore.EndFailedAsync(transaction, delivery, next?.TruncateToMicroseconds(), result.Error, now, cancellationToken);
        if (result.Outcome == SendOutcome.Gone)
        {
            await DeliveryStore.GiveUpAllAsync(transaction, channel.ChannelId, "Its channel was disabled: the receiver answered 410 Gone.", cancellationToken);
        }

        if (ended && next is null)
        {
            await raise.AddAsync(transaction, AlertOf.ChannelFailing(channel.ChannelId, channel.Name, result.Error.TrimEnd('.'), now), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        if (ended)
        {
            LogFailed(delivery.DeliveryId, channel.ChannelId, delivery.Attempt, next, result.Error);
        }
    }

    private DateTimeOffset Now() => time.GetUtcNow().TruncateToMicroseconds();

    [LoggerMessage(LogLevel.Error, "Sending delivery {DeliveryId} to channel {ChannelId} broke off.")]
    private partial void LogBrokeOff(Exception exception, long deliveryId, string channelId);

    [LoggerMessage(LogLevel.Warning, "Delivery {DeliveryId} to channel {ChannelId} has arrived and could not be noted yet; trying again.")]
    private partial void LogNotNoted(Exception exception, long deliveryId, string channelId);

    [LoggerMessage(LogLevel.Warning, "Delivery {DeliveryId} to channel {ChannelId} failed at attempt {Attempt}, next at {Next} (none: given up). {Error}")]
    private partial void LogFailed(long deliveryId, string channelId, int attempt, DateTimeOffset? next, string error);
}
