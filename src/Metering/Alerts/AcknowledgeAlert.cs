using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;
using Platform.Postgres;

namespace Platform.Metering.Alerts;

/// <summary>Notes that somebody takes care of an alert: the first one counts.</summary>
internal sealed class AcknowledgeAlert(Changes changes, DeliveryQueryStore deliveries)
{
    private const int LongestNote = 500;

    public async Task<Alert> RunAsync(AcknowledgeAlertRequest request, string actor, CancellationToken cancellationToken)
    {
        var alertId = ReadId(request.AlertId);
        ChannelCheck.Require(Validation.Text("note", request.Note, 0, LongestNote));
        var alert = await changes.RunAsync(
            "AcknowledgeAlert", request.IdempotencyKey, request, Alert.Parser,
            async (transaction, now) =>
            {
                await AlertStore.AcknowledgeAsync(transaction, alertId, now, actor, request.Note, cancellationToken);
                return (await AlertStore.FindAsync(transaction, alertId, cancellationToken) ?? throw NotFound(request.AlertId)).ToContract([]);
            },
            cancellationToken);
        alert.Deliveries.Add((await deliveries.ListAsync([alertId], cancellationToken))[alert.AlertId]);
        return alert;
    }

    public static Guid ReadId(string alertId) => Guid.TryParse(alertId, out var id) ? id : throw NotFound(alertId);

    public static RpcException NotFound(string alertId) =>
        RpcErrors.NotFound(Reasons.AlertNotFound, $"There is no alert '{Validation.Shown(alertId)}'. kt alerts list --all shows them.");
}
