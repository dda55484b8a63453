using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Dashboard.Figures;

/// <summary>An alert that nobody has acknowledged. <paramref name="TeamId"/> is empty when it is not one team's.</summary>
public sealed record AlertLine(string AlertId, AlertSeverity Severity, string TeamId, string Title, string Summary, DateTimeOffset OccurredAt, bool Undelivered);

/// <param name="TeamId">Whose they are, with those that are no team's own; empty: all teams'.</param>
/// <param name="Read">The <see cref="AlertReader.Most"/> newest and, where there are more, the <see cref="AlertReader.Gravest"/> gravest of all; of each severity newest first.</param>
/// <param name="More">There are more than these.</param>
public sealed record AlertFigures(string TeamId, IReadOnlyList<AlertLine> Read, bool More);

internal sealed class AlertReader(Alerts.AlertsClient alerts, TimeProvider time)
{
    public const int Most = 100;

    /// <summary>So many of the gravest, and of these the newest, are read however many newer ones there are.</summary>
    public const int Gravest = 5;

    /// <param name="teamId">The chosen team; empty for the organisation.</param>
    public async Task<AlertFigures> ReadAsync(string teamId, CancellationToken cancellationToken)
    {
        // The address names whatever it likes: what cannot be a team has no alerts of its own, and nobody need be asked.
        if (teamId.Length > 0 && Validation.TeamId(teamId) is not null)
        {
            return new AlertFigures(teamId, [], false);
        }

        var newest = await ListAsync(teamId, AlertSeverity.Unspecified, Most, cancellationToken);
        if (newest.NextPageToken.Length == 0)
        {
            return new AlertFigures(teamId, [.. newest.Alerts.Select(ToLine)], false);
        }

        // Of each severity at least as many as there is room for: what is less grave fills what the graver ones leave.
        var critical = await ListAsync(teamId, AlertSeverity.Critical, Gravest, cancellationToken);
        var warnings = await ListAsync(teamId, AlertSeverity.Warning, Gravest, cancellationToken);
        var read = newest.Alerts.Concat(critical.Alerts).Concat(warnings.Alerts).DistinctBy(alert => alert.AlertId).Select(ToLine);
        return new AlertFigures(teamId, [.. read], true);
    }

    /// <summary>The newest of this severity and graver ones.</summary>
    private async Task<ListAlertsResponse> ListAsync(string teamId, AlertSeverity severity, int count, CancellationToken cancellationToken) => await alerts.ListAlertsAsync(
        new ListAlertsRequest { TeamId = teamId, WithUnowned = true, MinimumSeverity = severity, PageSize = count },
        deadline: Patience.Until(time), cancellationToken: cancellationToken);

    private static AlertLine ToLine(Alert alert) => new(
        alert.AlertId, alert.Severity, alert.TeamId, alert.Title, alert.Summary, alert.OccurredAt.ToDateTimeOffset(),
        alert.Deliveries.Any(delivery => delivery.State == DeliveryState.Dead));
}
