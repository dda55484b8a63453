using System.Globalization;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>Some teams' forecast as layers, at a moment.</summary>
internal sealed class LayeredForecasts
{
    public static readonly IReadOnlyList<PeriodKind> Kinds = [PeriodKind.Month, PeriodKind.NextMonth, PeriodKind.Quarter, PeriodKind.NextQuarter, PeriodKind.TwelveMonths, PeriodKind.NextYear];

    private readonly CurrentForecast _current;

    /// <param name="teamId">Empty: the organisation.</param>
    /// <param name="plan">Active items, by team.</param>
    public LayeredForecasts(CurrentForecast current, string teamId, ILookup<string, PricedItem> plan)
    {
        (_current, TeamId, Plan) = (current, teamId, plan);
        Teams = [.. current.Teams.Where(team => teamId.Length == 0 || team.TeamId == teamId)];
        Sum = new LayerPaths();
        foreach (var team in Teams)
        {
            Sum.Add(team.Later);
            Sum.AddToday(team.Segments, team.Layers, current.RestOfToday);
        }

        // A team may plan before it uses anything.
        Planned = plan.Where(team => teamId.Length == 0 || team.Key == teamId).ToDictionary(team => team.Key, team => current.Forecast.Plans.Of(team.Key, [.. team], current.Horizon));
        foreach (var planned in Planned.Values)
        {
            Sum.Add(planned, current.Horizon, current.RestOfToday);
        }
    }

    /// <summary>Empty: the organisation.</summary>
    public string TeamId { get; }

    /// <summary>Active items of every team.</summary>
    public ILookup<string, PricedItem> Plan { get; }

    /// <summary>By team; those that plan something.</summary>
    public IReadOnlyDictionary<string, PlannedPaths> Planned { get; }

    public IReadOnlyList<TeamForecast> Teams { get; }

    /// <summary>Of all segments, today's rest included.</summary>
    public LayerPaths Sum { get; }

    public HorizonCalendar Horizon => _current.Horizon;

    public IEnumerable<(PeriodKind Kind, PeriodLayers Layers)> Periods() => Kinds.Select(kind => (kind, Of(PeriodSpan.Of(kind, Horizon))));

    /// <summary>Where the next year ends that is told of, for people; empty where it is whole.</summary>
    public static string NextYearSentence(HorizonCalendar horizon) => PeriodSpan.Of(PeriodKind.NextYear, horizon) is { To: { Month: > 1 } to } year
        ? string.Create(CultureInfo.InvariantCulture, $"Of {year.From.Year} the forecast has the months to {to.AddDays(-1):yyyy-MM-dd}, where the twelve months after this one end; what comes later in that year is in no figure.")
        : "";

    /// <summary>This month and each of the twelve after it.</summary>
    public IEnumerable<PeriodLayers> Months() => MonthsOf(Horizon).Select(Of);

    public static IEnumerable<PeriodSpan> MonthsOf(HorizonCalendar horizon) => Enumerable.Range(0, HorizonCalendar.MonthsAhead + 1).Select(month =>
        PeriodSpan.Of(horizon.Month.AddMonths(month), horizon.Month.AddMonths(month + 1), horizon));

    public PeriodLayers Of(PeriodSpan span) => Of(span, Sum);

    /// <param name="sum">The paths, as a scenario may have changed them.</param>
    public PeriodLayers Of(PeriodSpan span, LayerPaths sum)
    {
        var (toDate, growth) = ((Cost: 0L, Control: 0L, Resilience: 0L), default(Segments.Growth));
        foreach (var team in Teams)
        {
            for (var i = 0; i < team.Segments.Count; i++)
            {
                var spent = _current.ToDate(team.Segments[i], span);
                var (control, resilience) = team.Layers[i].Split(spent);
                toDate = (toDate.Cost + spent.CostNanos, toDate.Control + control, toDate.Resilience + resilience);
                growth += Segments.Growth.Of(_current, team.Segments[i], span);
            }
        }

        // A fixed amount: in no path, and in no layer but what the baseline is to date.
        var adjusted = _current.AdjustmentsOf(TeamId, span).Sum(adjustment => adjustment.Nanos);
        return PeriodLayers.Of(span, sum, toDate with { Cost = toDate.Cost + adjusted }, growth + Segments.Growth.OfSpent(adjusted)) with { AdjustmentNanos = adjusted };
    }
}
