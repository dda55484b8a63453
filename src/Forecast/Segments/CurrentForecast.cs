using Platform.Forecast.Series;
using PeriodKind = Platform.Contracts.Forecast.V1.PeriodKind;

namespace Platform.Forecast.Segments;

/// <summary>The organisation's forecast at a moment: its joint futures, what today has brought, and how much of today is left.</summary>
internal sealed class CurrentForecast
{
    private readonly IReadOnlyDictionary<SegmentKey, SegmentDay> _today;
    private readonly IReadOnlyList<Adjustment> _adjustments;

    /// <param name="adjustments">Those of the running quarter, today included; null: none.</param>
    public CurrentForecast(
        OrganisationForecast forecast, IReadOnlyDictionary<SegmentKey, SegmentDay> today, DateTimeOffset now, IReadOnlyList<Adjustment>? adjustments = null)
    {
        (Forecast, _adjustments) = (forecast, adjustments ?? []);
        (Horizon, _today, Now, RestOfToday, DaysOfColumns) = (forecast.Calendar, today, now, forecast.Calendar.RestOfToday(now), forecast.Calendar.DaysOfColumns());
        Teams = WithNew(forecast, today.Keys);
    }

    /// <summary>What it was made of: the same as long as no day that is over changes.</summary>
    public OrganisationForecast Forecast { get; }

    public HorizonCalendar Horizon { get; }

    public DateTimeOffset Now { get; }

    /// <summary>0 to 1.</summary>
    public double RestOfToday { get; }

    public int[] DaysOfColumns { get; }

    /// <summary>In order; segments that began today are among them, with nothing expected.</summary>
    public IReadOnlyList<TeamForecast> Teams { get; }

    /// <summary>What today has brought so far.</summary>
    public SegmentDay TodayOf(SegmentKey key) => _today.GetValueOrDefault(key);

    /// <summary>What a period that has begun has brought so far; nothing of one that has not.</summary>
    public SegmentDay ToDate(SegmentPaths segment, PeriodSpan span) =>
        span.IsRunning ? segment.Forecast.Series.Sum(span.From, Horizon.Today) + TodayOf(segment.Key) : default;

    /// <summary>Money without tokens dated in a period that has begun, of a team or (empty) of all: a fixed amount of what it has cost, which says nothing of what calls will. None of a period that has not.</summary>
    public IEnumerable<Adjustment> AdjustmentsOf(string teamId, PeriodSpan span) =>
        span.IsRunning ? _adjustments.Where(adjustment => adjustment.Day >= span.From && adjustment.Day < span.To && (teamId.Length == 0 || adjustment.TeamId == teamId)) : [];

    /// <summary>The same, dated on the day that runs, in nano-units.</summary>
    public long AdjustedToday(string teamId) =>
        _adjustments.Where(adjustment => adjustment.Day == Horizon.Today && (teamId.Length == 0 || adjustment.TeamId == teamId)).Sum(adjustment => adjustment.Nanos);

    /// <summary>Reads it as it stands now.</summary>
    public static async Task<CurrentForecast> ReadAsync(
        OrganisationForecasts forecasts, SegmentStore store, BillingCalendar calendar, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var forecast = await forecasts.GetAsync(calendar, now, cancellationToken);
        var (first, today) = (PeriodSpan.Of(PeriodKind.Quarter, forecast.Calendar).From, forecast.Calendar.Today);
        return new CurrentForecast(
            forecast, await store.ReadTodayAsync(calendar, today, cancellationToken), now, await store.ReadAdjustmentsAsync(calendar, first, today.AddDays(1), cancellationToken));
    }

    private static List<TeamForecast> WithNew(OrganisationForecast forecast, IEnumerable<SegmentKey> today)
    {
        var known = forecast.Teams.SelectMany(team => team.Segments).Select(segment => segment.Key).ToHashSet();
        var added = today.Where(key => !known.Contains(key)).Order().Select(key => new SegmentPaths(
            SegmentForecaster.Unknown(new SegmentSeries(key, forecast.Calendar.Today, [])), JointPaths.Paths)).ToLookup(segment => segment.Key.TeamId, StringComparer.Ordinal);
        var teams = forecast.Teams.Select(team => added.Contains(team.TeamId)
            ? team.With(added[team.TeamId])
            : team);
        var newTeams = added.Where(team => forecast.Teams.All(other => other.TeamId != team.Key))
            .Select(team => TeamForecast.Of(team.Key, [.. team], new TeamPaths(team.Key, JointPaths.Paths, forecast.Calendar.Days), forecast.Draws));
        return [.. teams.Concat(newTeams).OrderBy(team => team.TeamId, StringComparer.Ordinal)];
    }
}
