using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Dashboard.Figures;

/// <summary>An alert that nobody has acknowledged. <paramref name="TeamId"/> is empty when it is not one team's.</summary>
public sealed record AlertLine(string AlertId, AlertSeverity Severity, string TeamId, string Title, string Summary, DateTimeOffset OccurredAt, bool Undelivered);

/// <param name="TeamId">Whose they are, with those that are no team's own; empty: all teams'.</param>
/// <param name="Newest">At most <see cref="AlertReader.Most"/>, newest first.</param>
/// <param name="More">There are more than these.</param>
public sealed record AlertFigures(string TeamId, IReadOnlyList<AlertLine> Newest, bool More);

internal sealed class AlertReader(Alerts.AlertsClient alerts, TimeProvider time)
{
    public const int Most = 100;

    /// <param name="teamId">The chosen team; empty for the organisation.</param>
    public async Task<AlertFigures> ReadAsync(string teamId, CancellationToken cancellationToken)
    {
        // The address names whatever it likes: what cannot be a team has no alerts of its own, and nobody need be asked.
        if (teamId.Length > 0 && Validation.TeamId(teamId) is not null)
        {
            return new AlertFigures(teamId, [], false);
        }

        var request = new ListAlertsRequest { TeamId = teamId, WithUnowned = true, PageSize = Most };
        var answer = await alerts.ListAlertsAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
        return new AlertFigures(teamId, [.. answer.Alerts.Select(ToLine)], answer.NextPageToken.Length > 0);
    }

    private static AlertLine ToLine(Alert alert) => new(
        alert.AlertId, alert.Severity, alert.TeamId, alert.Title, alert.Summary, alert.OccurredAt.ToDateTimeOffset(),
        alert.Deliveries.Any(delivery => delivery.State == DeliveryState.Dead));
}
