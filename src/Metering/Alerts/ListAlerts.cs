using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;
using Platform.Metering.Teams;

namespace Platform.Metering.Alerts;

/// <summary>Alerts with what became of them, and what was given up.</summary>
internal sealed class ListAlerts(AlertStore alerts, DeliveryQueryStore deliveries, TeamDirectory teams)
{
    private const string OfAlerts = "alerts";
    private const string OfDead = "dead deliveries";

    /// <exception cref="Grpc.Core.RpcException">
    /// INVALID_ARGUMENT (also PAGE_TOKEN_INVALID); NOT_FOUND (TEAM_NOT_FOUND); UNAVAILABLE only where no alert of the asked team is found and Wallet does not say whether there is one.
    /// </exception>
    public async Task<ListAlertsResponse> RunAsync(ListAlertsRequest request, CancellationToken cancellationToken)
    {
        ChannelCheck.Require(Enum.IsDefined(request.Kind) ? null : "kind does not exist.");
        ChannelCheck.Require(Enum.IsDefined(request.MinimumSeverity) ? null : "minimum_severity must be info, warning or critical.");
        ChannelCheck.Require(request.TeamId.Length == 0 ? null : Validation.TeamId(request.TeamId));
        var asked = PageRequest.Of(request.PageSize, request.PageToken);
        var filter = new AlertFilter(
            request.Kind, request.TeamId, request.WithUnowned, request.MinimumSeverity, request.All, asked.Below(OfAlerts), asked.Limit,
            Moments.Read("occurred_before", request.OccurredBefore), Moments.Read("occurred_from", request.OccurredFrom));
        var found = await alerts.ListAsync(filter, cancellationToken);
        if (request.TeamId.Length > 0 && !found.Any(alert => alert.TeamId == request.TeamId))
        {
            await teams.RequireAsync([request.TeamId], cancellationToken);
        }

        var (page, next) = asked.Cut(found, OfAlerts, alert => alert.AlertNo);
        var of = await deliveries.ListAsync([.. page.Select(alert => alert.AlertId)], cancellationToken);
        var answer = new ListAlertsResponse
        {
            Alerts = { page.Select(alert => alert.ToContract(of[alert.AlertId.ToString()])) },
            NextPageToken = next,
        };
        if (request.WithTotal)
        {
            answer.Total = await alerts.CountAsync(filter, cancellationToken);
        }

        return answer;
    }

    public async Task<Alert> GetAsync(GetAlertRequest request, CancellationToken cancellationToken)
    {
        var alertId = AcknowledgeAlert.ReadId(request.AlertId);
        var alert = await alerts.FindAsync(alertId, cancellationToken) ?? throw AcknowledgeAlert.NotFound(request.AlertId);
        return alert.ToContract((await deliveries.ListAsync([alertId], cancellationToken))[alertId.ToString()]);
    }

    public async Task<ListDeadDeliveriesResponse> ListDeadAsync(ListDeadDeliveriesRequest request, CancellationToken cancellationToken)
    {
        var page = PageRequest.Of(request.PageSize, request.PageToken);
        var (rows, next) = page.Cut(await deliveries.ListDeadAsync(page.Below(OfDead), page.Limit, cancellationToken), OfDead, delivery => delivery.DeliveryId);
        return new ListDeadDeliveriesResponse
        {
            Deliveries = { rows },
            NextPageToken = next,
        };
    }
}
