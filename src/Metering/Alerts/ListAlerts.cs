using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;

namespace Platform.Metering.Alerts;

/// <summary>Alerts with what became of them, and what was given up.</summary>
internal sealed class ListAlerts(AlertStore alerts, DeliveryQueryStore deliveries)
{
    private const int DefaultPageSize = 100;
    private const int MaximumPageSize = 1_000;

    public async Task<ListAlertsResponse> RunAsync(ListAlertsRequest request, CancellationToken cancellationToken)
    {
        ChannelCheck.Require(Enum.IsDefined(request.Kind) ? null : "kind does not exist.");
        ChannelCheck.Require(Enum.IsDefined(request.MinimumSeverity) ? null : "minimum_severity must be info, warning or critical.");
        ChannelCheck.Require(request.TeamId.Length == 0 ? null : Validation.TeamId(request.TeamId));
        var size = PageSize(request.PageSize);
        var rows = await alerts.ListAsync(
            new AlertFilter(
                request.Kind, request.TeamId, request.WithUnowned, request.MinimumSeverity, request.All, ReadPageToken(request.PageToken), size + 1,
                request.OccurredBefore?.ToDateTimeOffset()),
            cancellationToken);
        var page = rows.Take(size).ToList();
        var of = await deliveries.ListAsync(page.ConvertAll(alert => alert.AlertId), cancellationToken);
        return new ListAlertsResponse
        {
            Alerts = { page.Select(alert => alert.ToContract(of[alert.AlertId.ToString()])) },
            NextPageToken = rows.Count > size ? PageToken(page[^1].AlertNo) : "",
        };
    }

    public async Task<Alert> GetAsync(GetAlertRequest request, CancellationToken cancellationToken)
    {
        var alertId = AcknowledgeAlert.ReadId(request.AlertId);
        var alert = await alerts.FindAsync(alertId, cancellationToken) ?? throw AcknowledgeAlert.NotFound(request.AlertId);
        return alert.ToContract((await deliveries.ListAsync([alertId], cancellationToken))[alertId.ToString()]);
    }

    public async Task<ListDeadDeliveriesResponse> ListDeadAsync(ListDeadDeliveriesRequest request, CancellationToken cancellationToken)
    {
        var size = PageSize(request.PageSize);
        var rows = await deliveries.ListDeadAsync(ReadPageToken(request.PageToken), size + 1, cancellationToken);
        return new ListDeadDeliveriesResponse
        {
            Deliveries = { rows.Take(size) },
            NextPageToken = rows.Count > size ? PageToken(rows[size - 1].DeliveryId) : "",
        };
    }

    private static int PageSize(int asked)
    {
        ChannelCheck.Require(asked is >= 0 and <= MaximumPageSize ? null : $"page_size must be 0 to {MaximumPageSize}; it is {asked}.");
        return asked == 0 ? DefaultPageSize : asked;
    }

    private static string PageToken(long before) => before.ToString(CultureInfo.InvariantCulture);

    private static long ReadPageToken(string token) =>
        token.Length == 0 ? long.MaxValue
        : long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? before
        : throw RpcErrors.InvalidArgument("page_token is not one that this call gave out.", Reasons.PageTokenInvalid);
}
