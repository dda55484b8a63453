using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Alerts;

/// <param name="AlertId">The identity of the event that it tells of.</param>
/// <param name="TeamId">Empty when it is not one team's.</param>
/// <param name="Subject">What it is about: an id.</param>
/// <param name="PeriodFrom">Half open; null when there is no period.</param>
/// <param name="AcknowledgedAt">Null while it is open.</param>
internal sealed record AlertBody(
    string AlertId, string Kind, string Severity, string TeamId, string Subject, string Title, string Summary, IReadOnlyList<AlertFigureBody> Figures,
    DateTimeOffset? PeriodFrom, DateTimeOffset? PeriodTo, DateTimeOffset? OccurredAt, DateTimeOffset? RecordedAt, DateTimeOffset? AcknowledgedAt,
    string AcknowledgedBy, string AcknowledgedNote, IReadOnlyList<AlertDeliveryBody> Deliveries)
{
    public static AlertBody From(Alert alert) => new(
        alert.AlertId, EnumText.Of(alert.Kind), EnumText.Of(alert.Severity), alert.TeamId, alert.Subject, alert.Title, alert.Summary,
        [.. alert.Figures.Select(figure => new AlertFigureBody(figure.Name, figure.Value, figure.Unit))], alert.PeriodFrom.ToMoment(), alert.PeriodTo.ToMoment(),
        alert.OccurredAt.ToMoment(), alert.RecordedAt.ToMoment(), alert.AcknowledgedAt.ToMoment(), alert.AcknowledgedBy, alert.AcknowledgedNote,
        [.. alert.Deliveries.Select(AlertDeliveryBody.From)]);
}

/// <param name="Value">An exact decimal, a number or a name.</param>
/// <param name="Unit">A currency, "%", or empty.</param>
internal sealed record AlertFigureBody(string Name, string Value, string Unit);

/// <param name="State">pending, delivered or dead.</param>
/// <param name="Attempts">Attempts that began, since it was made or replayed.</param>
/// <param name="NextAttemptAt">Null unless pending.</param>
internal sealed record AlertDeliveryBody(
    long DeliveryId, string AlertId, string AlertTitle, string ChannelId, string ChannelName, string State, int Attempts, DateTimeOffset? NextAttemptAt,
    DateTimeOffset? LastAttemptAt, DateTimeOffset? DeliveredAt, string LastError)
{
    public static AlertDeliveryBody From(AlertDelivery delivery) => new(
        delivery.DeliveryId, delivery.AlertId, delivery.AlertTitle, delivery.ChannelId, delivery.ChannelName, EnumText.Of(delivery.State), delivery.Attempts,
        delivery.NextAttemptAt.ToMoment(), delivery.LastAttemptAt.ToMoment(), delivery.DeliveredAt.ToMoment(), delivery.LastError);
}
