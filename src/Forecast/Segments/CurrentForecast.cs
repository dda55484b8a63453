using Platform.Forecast.Series;

namespace Platform.Forecast.Segments;

/// <summary>The organisation's forecast at a moment: its joint futures, what today has brought, and how much of today is left.</summary>
internal sealed class CurrentForecast
{
    private readonly IReadOnlyDictionary<SegmentKey, SegmentDay> _today;

    public CurrentForecast(OrganisationForecast forecast, IReadOnlyDictionary<SegmentKey, SegmentDay> today, DateTimeOffset now)
    {
        Forecast = forecast;
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

    /// <summary>Reads it as it stands now.</summary>
    public static async Task<CurrentForecast> ReadAsync(
        OrganisationForecasts forecasts, SegmentStore store, BillingCalendar calendar, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var forecast = await forecasts.GetAsync(calendar, now, cancellationToken);
        return new CurrentForecast(forecast, await store.ReadTodayAsync(calendar, forecast.Calendar.Today, cancellationToken), now);
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
