using Platform.Contracts.Metering.V1;

namespace Platform.Dashboard.Figures;

/// <summary>An alert that nobody has acknowledged. <paramref name="TeamId"/> is empty when it is not one team's.</summary>
public sealed record AlertLine(string AlertId, AlertSeverity Severity, string TeamId, string Title, string Summary, DateTimeOffset OccurredAt, bool Undelivered);

/// <param name="Newest">At most <see cref="AlertReader.Most"/>, newest first.</param>
/// <param name="More">There are more than these.</param>
public sealed record AlertFigures(IReadOnlyList<AlertLine> Newest, bool More)
{
    /// <summary>Those of a team, and those that are nobody's own; all for an empty id.</summary>
    public IReadOnlyList<AlertLine> Of(string teamId) =>
        teamId.Length == 0 ? Newest : [.. Newest.Where(alert => alert.TeamId.Length == 0 || alert.TeamId == teamId)];
}

internal sealed class AlertReader(Alerts.AlertsClient alerts, TimeProvider time)
{
    public const int Most = 100;

    public async Task<AlertFigures> ReadAsync(CancellationToken cancellationToken)
    {
        var answer = await alerts.ListAlertsAsync(
            new ListAlertsRequest { PageSize = Most }, deadline: Patience.Until(time), cancellationToken: cancellationToken);
        return new AlertFigures([.. answer.Alerts.Select(ToLine)], answer.NextPageToken.Length > 0);
    }

    private static AlertLine ToLine(Alert alert) => new(
        alert.AlertId, alert.Severity, alert.TeamId, alert.Title, alert.Summary, alert.OccurredAt.ToDateTimeOffset(),
        alert.Deliveries.Any(delivery => delivery.State == DeliveryState.Dead));
}
