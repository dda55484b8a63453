using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Growth = Platform.Forecast.Segments.Growth;

namespace Platform.Forecast.Variances;

/// <summary>
/// The current month as the layered forecast expects it: what is spent, cell by cell; the rest of the month at the cells of the four weeks before, and of it what plan items that came are to go on to
/// bring; and beside the cells what trends, the days' pattern and plans add. Together it is the forecast's expected total, to the nano.
/// </summary>
internal sealed class ReadExpected(CellStore cells, ReadFigures figures, ReadForecast forecast)
{
    private const int LevelDays = 28;

    /// <returns>Figures, and the changes that no records stand for.</returns>
    public async Task<(PeriodFigures Figures, IReadOnlyList<Change> More)> ReadAsync(
        ReadFigures.Frame frame, DaySpan month, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var moment = await forecast.RunAsync(frame.Calendar, now, cancellationToken);
        var current = moment.Current;
        var today = current.Horizon.Today;
        var weeks = new DaySpan(today.AddDays(-LevelDays), today);
        var level = ExpectedFigures.AtTodaysPrices(await figures.ReadAsync(frame, weeks, cancellationToken), weeks, frame.Calendar, current.Forecast.Prices);
        var running = await cells.ReadAsync(frame.TeamId, frame.Calendar, new DaySpan(today, today.AddDays(1)), cancellationToken);
        var over = today > month.From ? await figures.ReadAsync(frame, new DaySpan(month.From, today), cancellationToken) : None;
        var span = PeriodSpan.Of(PeriodKind.Month, current.Horizon);
        var segments = current.Teams.Where(team => frame.TeamId.Length == 0 || team.TeamId == frame.TeamId).SelectMany(team => team.Segments).ToArray();
        var growth = segments.ToDictionary(segment => segment.Key, segment => Growth.Of(current, segment, span));
        var restDays = month.To.DayNumber - today.DayNumber - 1 + current.RestOfToday;
        var composed = ExpectedFigures.Compose(month.Days, over, running.Cells, level, growth, restDays / LevelDays);
        var seen = moment.Plan.SelectMany(team => team).ToDictionary(item => item.Item.PlanId, item => ExpectedFigures.CallsSeen(item, new DaySpan(today, month.To), current.RestOfToday), StringComparer.Ordinal);
        composed = composed with
        {
            // Of the month alone: that of the weeks before says nothing of the rest of the month.
            Adjustments = current.AdjustmentsOf(frame.TeamId, span).GroupBy(adjustment => new CellKey(adjustment.TeamId, "", "", adjustment.Provider, adjustment.Model))
                .ToDictionary(cell => cell.Key, cell => cell.Sum(adjustment => adjustment.Nanos)),
            Planned = [.. composed.Planned, .. PlannedSpends.Ahead(frame.Items, frame.Segments, frame.First, weeks, item => seen.GetValueOrDefault(item.PlanId))],
        };
        var teams = growth.Keys.Select(segment => segment.TeamId).Concat(moment.Plan.Select(team => team.Key).Where(team => frame.TeamId.Length == 0 || team == frame.TeamId)).Distinct();
        var planned = teams.Select(team => Change.Between(
            Driver.Plan, new CellKey(team, "", "", "", ""), 0, moment.Of(team).Of(span).Planned.Expected));
        return (composed, [.. ExpectedFigures.Trends(growth, segments.ToLookup(segment => segment.Key, segment => TodaysPrices.ByRoute(segment, span, current.Horizon)), composed).Concat(planned).Where(change => change.Nanos != 0)]);
    }

    private static PeriodFigures None { get; } = new(0, new Dictionary<CellKey, CellUsage>(), [], [], new Dictionary<SegmentKey, long>());
}

/// <summary>A month of what is known and what is expected. Pure.</summary>
internal static class ExpectedFigures
{
    /// <summary>As the forecast's level is: what a new price changes of the weeks before is price, and not that there were fewer calls. Calls are taken to be spread over the days evenly.</summary>
    public static PeriodFigures AtTodaysPrices(PeriodFigures level, DaySpan days, BillingCalendar calendar, PricesNow prices)
    {
        if (prices.Versions.Changed.Count == 0)
        {
            return level;
        }

        var ratios = level.Cells.ToDictionary(cell => cell.Key, cell => MeanCall.Of((long)cell.Value.Calls, (long)cell.Value.InputTokens, (long)cell.Value.OutputTokens) is { } call
            ? prices.Since(calendar.StartOf(days.From), calendar.StartOf(days.To), prices.Versions.Of(cell.Key.Provider, cell.Key.Model, cell.Key.Lane), call)
            : 1);
        return level with
        {
            Cells = level.Cells.ToDictionary(cell => cell.Key, cell => cell.Value with { CostNanos = Nanos.Signed(cell.Value.CostNanos * ratios[cell.Key]) }),
            Waste = [.. level.Waste.Select(waste => waste with { Nanos = Nanos.Signed(waste.Nanos * ratios.GetValueOrDefault(waste.Cell, 1)) })],
        };
    }

    /// <param name="over">The month's days that are over.</param>
    /// <param name="running">The day that runs.</param>
    /// <param name="level">The four weeks before today, at the prices of today.</param>
    /// <param name="growth">By segment, what the month is expected to come to.</param>
    /// <param name="restOfLevel">How often the four weeks fit into the rest of the month.</param>
    public static PeriodFigures Compose(
        int days, PeriodFigures over, IReadOnlyDictionary<CellKey, CellUsage> running, PeriodFigures level, IReadOnlyDictionary<SegmentKey, Growth> growth, double restOfLevel)
    {
        var all = new Dictionary<CellKey, CellUsage>();
        foreach (var (key, usage) in over.Cells.Concat(running))
        {
            all[key] = all.GetValueOrDefault(key) + usage;
        }

        var spent = level.Cells.GroupBy(cell => cell.Key.Segment).ToDictionary(segment => segment.Key, segment => segment.Sum(cell => (double)cell.Value.CostNanos));
        double Ratio(SegmentKey segment) => growth.TryGetValue(segment, out var made) && spent.GetValueOrDefault(segment) > 0 ? made.LevelNanos / spent[segment] : 0;
        foreach (var (key, usage) in level.Cells)
        {
            all[key] = all.GetValueOrDefault(key) + usage.Scale(Ratio(key.Segment));
        }

        var refused = over.Refused.Keys.Union(level.Refused.Keys).ToDictionary(
            segment => segment, segment => over.Refused.GetValueOrDefault(segment) + Nanos.FromForecast(level.Refused.GetValueOrDefault(segment) * restOfLevel));
        return new PeriodFigures(
            days, all, [.. over.Waste, .. level.Waste.Select(waste => waste.Scale(Ratio(waste.Cell.Segment)))], over.Planned, refused);
    }

    /// <summary>Calls of a plan item in the rest of a month that are not planned demand on top: those of today so far, and those that the level of its segments has, as they came.</summary>
    /// <param name="rest">From today on.</param>
    public static double CallsSeen(PricedItem item, DaySpan rest, double restOfToday) =>
        (1 - restOfToday) * item.Item.CallsOn(rest.From) + Enumerable.Range(0, rest.Days).Sum(day => (day > 0 ? 1 : restOfToday) * PlannedPaths.CallsInLevelOn(item, rest.From.AddDays(day), rest.From));

    /// <summary>What the forecast adds to the cells, segment by segment; rounding is with calls. A price that the book has for later is its route's, so that it is told from what nobody announced.</summary>
    /// <param name="announced">By segment, what such prices are of the growth.</param>
    public static IEnumerable<Change> Trends(
        IReadOnlyDictionary<SegmentKey, Growth> growth, ILookup<SegmentKey, IReadOnlyList<(string Provider, string Model, long Nanos)>> announced, PeriodFigures composed)
    {
        var known = composed.Cells.GroupBy(cell => cell.Key.Segment).ToDictionary(segment => segment.Key, segment => segment.Sum(cell => cell.Value.CostNanos));
        foreach (var segment in growth.Keys.Union(known.Keys))
        {
            var (made, cell) = (growth.GetValueOrDefault(segment), new CellKey(segment.TeamId, segment.Workload, segment.Lane, "", ""));
            yield return new Change(Driver.Volume, cell, made.ExpectedNanos - known.GetValueOrDefault(segment) - made.TokensNanos - made.PriceNanos);
            yield return new Change(Driver.TokensPerCall, cell, made.TokensNanos);
            var routes = announced[segment].SelectMany(routes => routes).ToArray();
            yield return new Change(Driver.Price, cell, made.PriceNanos - routes.Sum(route => route.Nanos));
            foreach (var (provider, model, nanos) in routes)
            {
                yield return new Change(Driver.Price, cell with { Provider = provider, Model = model }, nanos);
            }
        }
    }
}
