using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.SpecialDays;
using Platform.Forecast.Work;
using Platform.Forecasting;

namespace Platform.Forecast.Segments;

/// <param name="Segments">In order of workload and lane.</param>
/// <param name="Layers">Of each segment, in their order.</param>
/// <param name="Later">The sum of the segments after today.</param>
internal sealed record TeamForecast(string TeamId, IReadOnlyList<SegmentPaths> Segments, TeamPaths Paths, IReadOnlyList<SegmentLayers> Layers, LayerPaths Later)
{
    public static TeamForecast Of(string teamId, IReadOnlyList<SegmentPaths> segments, TeamPaths paths, LayerDraws draws)
    {
        var costOfBound = SegmentLayers.CostOfBoundOf(segments.Select(segment => segment.Forecast.Series));
        var known = segments.Max(segment => segment.Forecast.Series.Days.Count);
        SegmentLayers[] layers = [.. segments.Select(segment => SegmentLayers.Of(segment.Forecast.Series, costOfBound, draws, known))];
        return new TeamForecast(teamId, segments, paths, layers, LayerPaths.OfLater(segments, layers));
    }

    /// <summary>With segments that began today, of which nothing is expected.</summary>
    public TeamForecast With(IEnumerable<SegmentPaths> added)
    {
        var costOfBound = SegmentLayers.CostOfBoundOf(Segments.Select(segment => segment.Forecast.Series));
        var all = Segments.Zip(Layers).Concat(added.Select(segment => (segment, SegmentLayers.None(costOfBound)))).OrderBy(segment => segment.Item1.Key).ToArray();
        return this with { Segments = [.. all.Select(segment => segment.Item1)], Layers = [.. all.Select(segment => segment.Item2)] };
    }
}

/// <summary>The joint futures of every segment, team by team: what every layered answer is read off.</summary>
/// <param name="Teams">Those with usage, in order.</param>
/// <param name="Draws">Which days of the past those ahead are like.</param>
internal sealed record OrganisationForecast(HorizonCalendar Calendar, IReadOnlyList<TeamForecast> Teams, LayerDraws Draws)
{
    /// <summary>The calendars that it was made with.</summary>
    public TeamCalendars Special { get; private init; } = TeamCalendars.None;

    /// <summary>The prices that it was made with.</summary>
    public PricesNow Prices { get; init; } = PricesNow.None;

    public DrawnPlans Plans { get; } = new();

    /// <summary>
    /// 1. Forecasts each segment by itself. 2. Lets those that are too young borrow. 3. Forecasts teams and the organisation as wholes, to see how far segments err together.
    /// 4. Moves each team's segments to the level of its sum, and days ahead to the prices that the book has for them. 5. Draws all paths jointly.
    /// </summary>
    /// <param name="series">By key.</param>
    /// <param name="special">Days that teams' segments and sums are looked at for.</param>
    /// <param name="made">By its place, what is forecast of a segment by itself; null where it is to borrow. For the caller to remember: it is most of the work.</param>
    public static OrganisationForecast Make(
        HorizonCalendar calendar, IReadOnlyList<SegmentSeries> series, TeamCalendars special, Func<int, SegmentForecast?> made, CancellationToken cancellationToken)
    {
        var own = new SegmentForecast?[series.Count];
        var parallel = WorkThreads.Options(cancellationToken);
        Parallel.For(0, series.Count, parallel, i => own[i] = made(i));

        var teams = series.Select((segment, i) => (Segment: segment, Own: own[i])).GroupBy(segment => segment.Segment.Key.TeamId).ToArray();
        var sums = teams.Select(team => Sum(team.Key, [.. team.Where(segment => segment.Own is { Outlook: not null }).Select(segment => segment.Segment)])).ToArray();
        var organisation = Sum("", [.. sums.Where(sum => sum is not null).Select(sum => sum!)]);
        var outlooks = new SeriesOutlook?[teams.Length + 1];
        Parallel.For(0, outlooks.Length, parallel, i => outlooks[i] = (i < sums.Length ? sums[i] : organisation) is { } sum
            ? SegmentForecaster.OutlookOf(sum, calendar.Days, special.Of(sum.Key.TeamId))
            : null);

        var borrowed = teams.Select((team, t) => (team.Key, (IReadOnlyList<SegmentForecast>)[.. team.Select(segment => segment.Own ?? (outlooks[t] is { } shape
            ? SegmentForecaster.Borrow(segment.Segment, sums[t], shape, calendar.Days, special.Of(team.Key))
            : SegmentForecaster.Borrow(segment.Segment, organisation, outlooks[^1], calendar.Days, special.Of(team.Key))))])).ToArray();
        var shared = SharedErrors.Of(
            [.. borrowed.Select(team => team.Item2.Select(Deviation).ToArray())], [.. outlooks.Take(teams.Length).Select(outlook => outlook?.TotalDeviation(SegmentForecaster.EngineDays) ?? 0)],
            outlooks[^1]?.TotalDeviation(SegmentForecaster.EngineDays) ?? 0);
        var levelled = new (string Key, IReadOnlyList<SegmentForecast> Segments)[borrowed.Length];
        Parallel.For(0, borrowed.Length, parallel, t =>
            levelled[t] = (borrowed[t].Key, [.. TeamLevel.Levelled(borrowed[t].Key, borrowed[t].Item2, outlooks[t], shared[t], calendar, special.Of(borrowed[t].Key)).Select(TodaysPrices.WithAhead)]));
        var (segments, paths) = JointPaths.Draw(calendar, levelled, shared, cancellationToken);
        var weeks = JointPaths.WeeksToPieces(calendar);
        Parallel.ForEach(segments.SelectMany(team => team), parallel, segment => segment.Settle(weeks, calendar));
        var (draws, result) = (LayerDraws.Of(calendar), new TeamForecast[teams.Length]);
        Parallel.For(0, teams.Length, parallel, t => result[t] = TeamForecast.Of(borrowed[t].Key, segments[t], paths[t], draws));
        return new OrganisationForecast(calendar, result, draws) { Special = special };
    }

    private static double Deviation(SegmentForecast segment) => segment.Outlook?.TotalDeviation(SegmentForecaster.EngineDays) ?? 0;

    private static SegmentSeries? Sum(string teamId, IReadOnlyList<SegmentSeries> parts) => parts.Count == 0 ? null : SegmentSeries.Add(new SegmentKey(teamId, "", ""), parts);
}
