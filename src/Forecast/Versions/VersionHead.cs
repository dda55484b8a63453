using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Layers;

namespace Platform.Forecast.Versions;

/// <summary>A published forecast, without its figures.</summary>
/// <param name="Version">Counted from 1.</param>
/// <param name="AsOf">The moment that it looks ahead from, and was published at.</param>
/// <param name="PublishedBy">Key id of who asked for it; <see cref="Service"/> for the service itself.</param>
/// <param name="ScenarioId">Of a promoted scenario; null for every other reason.</param>
/// <param name="TooShort">Teams whose history was too short for a projection of their own.</param>
/// <param name="Inputs">What it was made from, so that a change is known.</param>
internal sealed record VersionHead(
    long Version, DateTimeOffset AsOf, string PublishedBy, PublicationReason Reason, string Description, string? ScenarioId, string Engine, ulong Seed, string TimeZone,
    string Currency, IReadOnlyList<string> TooShort, PublicationInputs Inputs)
{
    public const string Service = "forecast";

    public ForecastVersion ToWire(LayerFigure? monthEnd) => new()
    {
        Version = Version, AsOf = AsOf.ToTimestampUtc(), PublishedBy = PublishedBy, Reason = Reason, Description = Description, ScenarioId = ScenarioId ?? "", Engine = Engine,
        Seed = Seed, TimeZone = TimeZone, Currency = Currency, TooShort = { TooShort }, MonthEndP10Nanos = monthEnd?.P10 ?? 0, MonthEndP50Nanos = monthEnd?.P50 ?? 0,
        MonthEndP90Nanos = monthEnd?.P90 ?? 0, Calendar = Inputs.Calendar,
    };
}

/// <summary>What a forecast was made from.</summary>
/// <param name="Plan">A digest of the active plan.</param>
/// <param name="Policies">How many routing policies had been applied.</param>
/// <param name="Settled">How often days of UTC that were over had changed.</param>
/// <param name="Calendar">The newest change of calendars; 0: none.</param>
/// <param name="Prices">Names the changes of the price book (<see cref="Segments.PricesNow.Key"/>); empty: none.</param>
internal sealed record PublicationInputs(string Plan, long Policies, long Settled, long Calendar = 0, string Prices = "");

/// <summary>What a version says of one target: a day, a sum of days, or a calendar period.</summary>
/// <param name="TeamId">Empty: the organisation.</param>
/// <param name="Kind">day, days, month, quarter or twelve_months.</param>
/// <param name="To">The day after the last.</param>
/// <param name="RunRate">What the mean of the last seven days said of the total, what was spent included.</param>
/// <param name="SeasonalNaive">What the same weekdays of the week before said of it.</param>
/// <param name="AdjustmentNanos">What of the baseline to date is money without tokens; null: the version did not keep it.</param>
internal sealed record VersionFigure(
    string TeamId, string Kind, DateOnly From, DateOnly To, LayerFigure Baseline, LayerFigure Control, LayerFigure Planned, LayerFigure Resilience, LayerFigure Total, long RunRate,
    long SeasonalNaive, long? AdjustmentNanos = null)
{
    public IEnumerable<(Layer Layer, LayerFigure Figure)> Layers() =>
        [(Layer.Baseline, Baseline), (Layer.Control, Control), (Layer.Planned, Planned), (Layer.Resilience, Resilience), (Layer.Total, Total)];
}

/// <summary>A plan item as a version saw it.</summary>
/// <param name="Launched">It had been seen in its segments already.</param>
/// <param name="LevelNanos">What its segments had cost a day over the four weeks before it, or before the version; null: too few of their days were known.</param>
/// <param name="TakesAny">False of versions that held what it left empty for the name of a segment: they did not know its level.</param>
internal sealed record VersionPlanItem(
    string PlanId, string TeamId, string Workload, string Lane, DateOnly StartsOn, DateOnly? EndsOn, bool Launched, long? LevelNanos, bool TakesAny = true)
{
    public NamedSegments Named => new(TeamId, Workload, Lane);

    /// <summary>What comes of it can be told from the baseline: nothing of it was there yet, and its level is known.</summary>
    public bool CanBeJudged => !Launched && LevelNanos is not null && (TakesAny || Named.Parts == 2);
}
