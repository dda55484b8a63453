using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;
using Platform.Postgres;

namespace Platform.Metering.Alerts;

/// <summary>Sends an alert of kind test to one channel, by the same way as any other.</summary>
internal sealed class TestChannel(Changes changes, ChannelCheck check, DeliveryQueryStore deliveries, AlertSignal signal)
{
    public async Task<Alert> RunAsync(TestChannelRequest request, string actor, CancellationToken cancellationToken)
    {
        await check.RequireTeamsAsync(request.TeamId.Length == 0 ? [] : [request.TeamId], cancellationToken);
        var alert = await changes.RunAsync(
            "TestChannel", request.IdempotencyKey, request, Alert.Parser,
            async (transaction, now) =>
            {
                var channel = await ChannelStore.LockAsync(transaction, request.ChannelId, cancellationToken) ?? throw ChangeChannel.NotFound(request.ChannelId);
                RequireEnabled(channel);
                ChannelCheck.Require(channel is { Type: ChannelType.Email, Target: "" } && request.TeamId.Length == 0
                    ? "Give a team: this channel sends to the owner of the alert's team." : null);
                var test = AlertOf.Test(Guid.CreateVersion7(now), request.TeamId, channel.Name, now) with
                {
                    RecordedAt = now, AcknowledgedAt = now, AcknowledgedBy = actor,
                };
                await AlertStore.TryInsertAsync(transaction, test, cancellationToken);
                await DeliveryStore.OweToAsync(transaction, test, channel.ChannelId, cancellationToken);
                return test.ToContract([]);
            },
            cancellationToken);
        signal.Wake();
        alert.Deliveries.Add((await deliveries.ListAsync([Guid.Parse(alert.AlertId)], cancellationToken))[alert.AlertId]);
        return alert;
    }

    /// <exception cref="RpcException">FAILED_PRECONDITION (CHANNEL_DISABLED).</exception>
    public static void RequireEnabled(ChannelRow channel)
    {
        if (!channel.Enabled)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.ChannelDisabled,
                $"Channel {channel.Name} is disabled: {channel.DisabledReason} Enable it first: kt alerts channels set {channel.ChannelId} --enabled true.");
        }
    }
}
