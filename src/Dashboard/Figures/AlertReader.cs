using System.Globalization;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;

namespace Platform.Dashboard.Figures;

/// <summary>An alert that nobody has acknowledged. <paramref name="TeamId"/> is empty when it is not one team's.</summary>
public sealed record AlertLine(string AlertId, AlertSeverity Severity, string TeamId, string Title, string Summary, DateTimeOffset OccurredAt, bool Undelivered)
{
    /// <summary>The cap that it tells of, which its title names by an id alone; null where it tells of none, or of one that is no longer there.</summary>
    public ReachedLine? Cap { get; init; }
}

/// <summary>Whose cap was reached, of how much, and in which period.</summary>
/// <param name="ScopeId">Team, user or key id; empty for the organisation's.</param>
/// <param name="Period">day, week, month, quarter or year.</param>
/// <param name="Source">Whose cap it is when it is not made by people, as of a budget its hard limit; else empty.</param>
public sealed record ReachedLine(CapScope Scope, string ScopeId, string Period, Money Amount, string Currency, string Source);

/// <param name="TeamId">Whose they are, with those that are no team's own; empty: all teams'.</param>
/// <param name="Read">The <see cref="AlertReader.Most"/> newest and, where there are more, the <see cref="AlertReader.Gravest"/> gravest of all; of each severity newest first.</param>
/// <param name="More">There are more than these.</param>
public sealed record AlertFigures(string TeamId, IReadOnlyList<AlertLine> Read, bool More);

internal sealed class AlertReader(Alerts.AlertsClient alerts, Controls.ControlsClient controls, TimeProvider time)
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
            return new AlertFigures(teamId, await ToLinesAsync(newest.Alerts, cancellationToken), false);
        }

        // Of each severity at least as many as there is room for: what is less grave fills what the graver ones leave.
        var critical = await ListAsync(teamId, AlertSeverity.Critical, Gravest, cancellationToken);
        var warnings = await ListAsync(teamId, AlertSeverity.Warning, Gravest, cancellationToken);
        var read = newest.Alerts.Concat(critical.Alerts).Concat(warnings.Alerts).DistinctBy(alert => alert.AlertId);
        return new AlertFigures(teamId, await ToLinesAsync(read, cancellationToken), true);
    }

    /// <summary>The newest of this severity and graver ones.</summary>
    private async Task<ListAlertsResponse> ListAsync(string teamId, AlertSeverity severity, int count, CancellationToken cancellationToken) => await alerts.ListAlertsAsync(
        new ListAlertsRequest { TeamId = teamId, WithUnowned = true, MinimumSeverity = severity, PageSize = count },
        deadline: Patience.Until(time), cancellationToken: cancellationToken);

    private async Task<IReadOnlyList<AlertLine>> ToLinesAsync(IEnumerable<Alert> read, CancellationToken cancellationToken)
    {
        var all = read.ToList();
        string[] ids = [.. all.Where(IsOfCap).Select(alert => alert.Subject).Distinct()];
        var caps = ids.Length > 0 ? await ReadCapsAsync(ids, cancellationToken) : [];
        return [.. all.Select(alert => ToLine(alert, IsOfCap(alert) ? caps.GetValueOrDefault(alert.Subject) : null))];
    }

    /// <summary>By id; none while Wallet does not answer, which the page says by itself: alerts are read all the same.</summary>
    private async Task<Dictionary<string, Cap>> ReadCapsAsync(string[] ids, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await controls.ListCapsAsync(new ListCapsRequest { CapIds = { ids } }, deadline: Patience.Until(time), cancellationToken: cancellationToken);
            return answer.Caps.ToDictionary(cap => cap.CapId, StringComparer.Ordinal);
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    private static bool IsOfCap(Alert alert) => alert.Kind == AlertKind.CapReached;

    private static AlertLine ToLine(Alert alert, Cap? cap) => new(
        alert.AlertId, alert.Severity, alert.TeamId, alert.Title, alert.Summary, alert.OccurredAt.ToDateTimeOffset(),
        alert.Deliveries.Any(delivery => delivery.State == DeliveryState.Dead))
    {
        Cap = cap is null ? null : new ReachedLine(cap.Scope, cap.ScopeId, cap.Period.ToString().ToLowerInvariant(), LimitOf(alert) ?? new Money(cap.AmountNanos), cap.Currency, cap.Source),
    };

    /// <summary>What the cap admitted when it was reached: it may have been raised since.</summary>
    private static Money? LimitOf(Alert alert) =>
        decimal.TryParse(alert.Figures.FirstOrDefault(figure => figure.Name == "limit")?.Value, NumberStyles.Number, CultureInfo.InvariantCulture, out var limit)
        && Money.TryFromDecimal(limit, out var money) ? money : null;
}
