using System.Text.Json.Serialization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts;

/// <param name="Name">snake_case.</param>
/// <param name="Value">An exact decimal, a number or a name.</param>
/// <param name="Unit">A currency, "%", or empty.</param>
internal sealed record Figure(string Name, string Value, string Unit = "")
{
    public static Figure Amount(string name, long nanos, string currency) => new(name, new Money(nanos).ToString(), currency);

    /// <summary>The name as people read it.</summary>
    [JsonIgnore]
    public string Label => Name.Replace('_', ' ');

    [JsonIgnore]
    public string Text => $"{Value} {Unit}".TrimEnd();
}

/// <summary>What people must hear of.</summary>
/// <param name="AlertId">The identity of the event that it tells of.</param>
/// <param name="TeamId">Empty when it is not one team's.</param>
/// <param name="Subject">What it is about: an id.</param>
/// <param name="Title">One line with what and the figure.</param>
/// <param name="Summary">What it means and what to do.</param>
internal sealed record AlertRow(
    Guid AlertId,
    AlertKind Kind,
    AlertSeverity Severity,
    string TeamId,
    string Subject,
    string Title,
    string Summary,
    IReadOnlyList<Figure> Figures,
    DateTimeOffset OccurredAt)
{
    /// <summary>Half open; null when there is none.</summary>
    public (DateTimeOffset From, DateTimeOffset To)? Period { get; init; }

    public DateTimeOffset RecordedAt { get; init; }

    public DateTimeOffset? AcknowledgedAt { get; init; }

    public string AcknowledgedBy { get; init; } = "";

    public string AcknowledgedNote { get; init; } = "";

    public long AlertNo { get; init; }

    public Alert ToContract(IEnumerable<AlertDelivery> deliveries) => new()
    {
        AlertId = AlertId.ToString(),
        Kind = Kind,
        Severity = Severity,
        TeamId = TeamId,
        Subject = Subject,
        Title = Title,
        Summary = Summary,
        Figures = { Figures.Select(figure => new AlertFigure { Name = figure.Name, Value = figure.Value, Unit = figure.Unit }) },
        PeriodFrom = Period?.From.ToTimestampUtc(),
        PeriodTo = Period?.To.ToTimestampUtc(),
        OccurredAt = OccurredAt.ToTimestampUtc(),
        RecordedAt = RecordedAt.ToTimestampUtc(),
        AcknowledgedAt = AcknowledgedAt.ToTimestampUtc(),
        AcknowledgedBy = AcknowledgedBy,
        AcknowledgedNote = AcknowledgedNote,
        Deliveries = { deliveries },
    };
}
