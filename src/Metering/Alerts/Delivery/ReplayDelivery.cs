using Platform.Postgres;
using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Channels;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>Sends a delivery that was given up again, under the same id and with the whole schedule before it.</summary>
internal sealed class ReplayDelivery(Changes changes, AlertSignal signal)
{
    public async Task<AlertDelivery> RunAsync(ReplayDeliveryRequest request, CancellationToken cancellationToken)
    {
        var delivery = await changes.RunAsync(
            "ReplayDelivery", request.IdempotencyKey, request, AlertDelivery.Parser,
            async (transaction, now) =>
            {
                var found = await DeliveryQueryStore.FindAsync(transaction, request.DeliveryId, cancellationToken) ?? throw RpcErrors.NotFound(
                    Reasons.DeliveryNotFound,
                    $"There is no delivery {request.DeliveryId.ToString(CultureInfo.InvariantCulture)}. kt alerts dead list shows those that were given up.");
                if (found.State != DeliveryState.Dead)
                {
                    return found;
                }

                TestChannel.RequireEnabled(
                    await ChannelStore.LockAsync(transaction, found.ChannelId, cancellationToken) ?? throw ChangeChannel.NotFound(found.ChannelId));
                await DeliveryStore.ReplayAsync(transaction, request.DeliveryId, now, cancellationToken);
                return (await DeliveryQueryStore.FindAsync(transaction, request.DeliveryId, cancellationToken))!;
            },
            cancellationToken);
        signal.Wake();
        return delivery;
    }
}
