using Platform.Contracts;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>All that one scenario is worked out from: everything that follows is a pure function of it.</summary>
/// <param name="Changes">In the order in which they act.</param>
/// <param name="Traces">One a change.</param>
/// <param name="Mixes">By segment.</param>
/// <param name="Limits">Of changes that are limits, by their place.</param>
/// <param name="Outages">Of changes that are outages, by their place.</param>
/// <param name="Plan">Active items of today, by team.</param>
/// <param name="PlanEdits">What each plan change makes of its item and of those beside it, by the team that has it.</param>
internal sealed record ScenarioInputs(
    CurrentForecast Current, IReadOnlyList<Change> Changes, IReadOnlyList<ChangeTrace> Traces, Timeline Timeline, IReadOnlyDictionary<SegmentKey, RouteMix> Mixes,
    ModelPrices Prices, Fallbacks Fallbacks, IReadOnlyDictionary<int, LimitEffect> Limits, IReadOnlyDictionary<int, OutageHours> Outages, ILookup<string, PricedItem> Plan,
    IReadOnlyList<PlanEdit> PlanEdits)
{
    /// <param name="loads">What limits are held against, by their place in the scenario.</param>
    /// <param name="hours">When providers that fail are used, by the outage's place.</param>
    /// <param name="problems">What does not fit what there is is added to them; then the answer is for nothing.</param>
    public static ScenarioInputs Make(
        IReadOnlyList<Change> changes, ScenarioFacts facts, IReadOnlyDictionary<int, List<QuarterLoad>> loads, IReadOnlyDictionary<int, Dictionary<string, double[]>> hours,
        List<string> problems)
    {
        problems.AddRange(changes.SelectMany(change => ScenarioCheck.Problems(change, facts)));
        problems.AddRange(ScenarioCheck.Overdrawn(changes, facts));
        var moved = MovedMoney.Of(changes, facts.Wallets, facts.Currency);
        problems.AddRange(moved.Problems);
        var current = facts.Current;
        var edits = Evaluation.PlanEdits.Of(changes, facts.Rows, facts.Plan.SelectMany(team => team), facts.Book, facts.Teams, current, problems);
        var timeline = new Timeline(current.Horizon, changes.SelectMany(change => Cuts(change, current.Horizon)));
        ChangeTrace[] traces = [.. changes.Select(_ => new ChangeTrace())];
        foreach (var (place, move) in moved.Moves.Where(move => move.Value.Missing > 0))
        {
            traces[place].Note($"The organisation's own wallet has {new Money(move.From ?? 0)} {facts.Currency} available, {new Money(move.Missing)} less than it would give: "
                + $"{(move.Owed > 0 ? $"{new Money(move.Credited)} has to be credited before, of which {new Money(move.Owed)} repays its own overage," : "so much has to be credited before,")} and is counted in the figures of all wallets here.");
        }

        var (limits, outages) = (new Dictionary<int, LimitEffect>(), new Dictionary<int, OutageHours>());
        foreach (var (place, change) in changes.Index())
        {
            if (change is LimitChange limit)
            {
                // What one of the same scope leaves is not above this one again: together they are the smaller.
                int[] earlier = [.. limits.Keys.Where(before => ((LimitChange)changes[before]).TeamId == limit.TeamId).Order()];
                var together = earlier.Aggregate(limit, (joined, before) => joined.With((LimitChange)changes[before]));
                limits[place] = LimitOf(together, loads[place], current, earlier.Length > 0 ? limits[earlier[^1]] : null);
                BasisSentences.Note(limit, loads[place], limits[place], traces[place]);
            }
            else if (change is OutageChange outage)
            {
                outages[place] = OutageHours.Of(outage, timeline, current.Now, hours[place]);
                BasisSentences.Note(outage, hours[place].Count, traces[place]);
            }
        }

        return new ScenarioInputs(current, changes, traces, timeline, facts.Mixes, facts.Prices, facts.Fallbacks, limits, outages, facts.Plan, edits);
    }

    private static LimitEffect LimitOf(LimitChange limit, List<QuarterLoad> loads, CurrentForecast current, LimitEffect? earlier)
    {
        var teams = current.Teams.Where(team => limit.TeamId.Length == 0 || team.TeamId == limit.TeamId).ToArray();
        double[] days = [.. current.DaysOfColumns.Select((days, piece) => piece > 0 ? days : current.RestOfToday)];
        var segments = teams.SelectMany(team => team.Segments).ToArray();
        var later = LaterPrices(segments, current.Horizon);
        return LimitEffect.Of(limit, AtTodaysPrices(loads, [.. segments.Select(segment => segment.Forecast.Series)]), (path, piece) =>
        {
            var cost = teams.Sum(team => piece > 0 ? team.Later.Cost(path, piece) : team.Segments.Sum(segment => segment.Rest(path, 0, current.RestOfToday)));
            return later is null || later[piece] == 1 ? cost : Nanos.FromForecast(cost / later[piece]);
        }, days, earlier);
    }

    /// <summary>A limit is held against calls: money of the past and ahead is more or fewer of them only where both are at one price.</summary>
    private static List<QuarterLoad> AtTodaysPrices(List<QuarterLoad> loads, SegmentSeries[] segments)
    {
        if (segments.All(segment => segment.Prices is null))
        {
            return loads;
        }

        var whole = SegmentSeries.Add(default, segments);
        var first = whole.Days.Count - LimitEffect.Days;
        double[] ratios = [.. Enumerable.Range(first, LimitEffect.Days).Select(day => day >= 0 && whole.Days[day].CostNanos is > 0 and var booked ? Math.Max(0, whole.Prices!.Days[day].CostNanos) / (double)booked : 1)];
        return [.. loads.Select(load => ratios[Math.Clamp(load.Day, 0, LimitEffect.Days - 1)] is not 1 and var ratio
            ? load with { CostNanos = Nanos.Signed(load.CostNanos * ratio), ImportedNanos = Nanos.Signed(load.ImportedNanos * ratio) }
            : load)];
    }

    /// <summary>By piece, what prices that the book has for later make of what is expected; null where it has none.</summary>
    private static double[]? LaterPrices(SegmentPaths[] segments, HorizonCalendar horizon)
    {
        var priced = segments.Select(segment => (segment.Expected, Ratios: TodaysPrices.ByColumn(segment.Forecast, horizon))).ToArray();
        return priced.All(segment => segment.Ratios is null) ? null : [.. Enumerable.Range(0, HorizonCalendar.Pieces).Select(piece =>
            (With: priced.Sum(segment => (double)segment.Expected[piece]), Without: priced.Sum(segment => segment.Expected[piece] / (segment.Ratios?[piece] ?? 1)))
                is { With: > 0, Without: > 0 } of ? of.With / of.Without : 1)];
    }

    private static IEnumerable<DateOnly> Cuts(Change change, HorizonCalendar horizon) => change switch
    {
        RouteChange route => Cuts(route.When),
        LaneChange lane => Cuts(lane.When),
        PriceChange price => Cuts(price.When),
        LiftChange lift => Cuts(lift.When),
        OutageChange outage => OutageHours.Cuts(outage, horizon),
        _ => [],
    };

    private static IEnumerable<DateOnly> Cuts(Changes.Span span) => new[] { span.From, span.To }.OfType<DateOnly>();
}

/// <summary>A plan item before and after a change, be it the change's own or one that has another part of a rise for it; null: there is none.</summary>
/// <param name="Change">Its place in the scenario.</param>
internal sealed record PlanEdit(int Change, PricedItem? Before, PricedItem? After);
