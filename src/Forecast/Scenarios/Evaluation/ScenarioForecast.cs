using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Work;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>One scenario over the futures of a forecast: the changes of each team, and their sum.</summary>
internal sealed class ScenarioForecast
{
    /// <summary>Those that it changes.</summary>
    private readonly Dictionary<SegmentKey, SegmentChanges> _segments;

    private ScenarioForecast(ScenarioInputs inputs, LayeredForecasts official, IReadOnlyList<TeamChanges> teams)
    {
        (Inputs, Official, Teams, Sums) = (inputs, official, teams, new ChangeSums(inputs.Changes.Count));
        _segments = teams.SelectMany(team => team.Segments).ToDictionary(segment => segment.Key);
        foreach (var team in teams)
        {
            Sums.Add(team.Sums);
        }

        Differences = Sums.ToLayers(inputs.Changes);
        Layers = new LayerPaths();
        Layers.Add(official.Sum);
        Layers.Add(Differences);
    }

    public ScenarioInputs Inputs { get; }

    public LayeredForecasts Official { get; }

    /// <summary>Those that it changes, in order.</summary>
    public IReadOnlyList<TeamChanges> Teams { get; }

    public ChangeSums Sums { get; }

    /// <summary>Scenario less forecast, future by future.</summary>
    public LayerPaths Differences { get; }

    /// <summary>The scenario's own.</summary>
    public LayerPaths Layers { get; }

    public static ScenarioForecast Make(ScenarioInputs inputs, LayeredForecasts official, string teamId, CancellationToken cancellationToken)
    {
        var teams = official.Teams.ToDictionary(team => team.TeamId, StringComparer.Ordinal);
        string[] names =
        [
            .. teams.Keys.Concat(official.Planned.Keys).Concat(inputs.PlanEdits.SelectMany(edit => new[] { edit.Before?.Item.TeamId, edit.After?.Item.TeamId }).OfType<string>())
                .Where(team => teamId.Length == 0 || team == teamId).Distinct().Order(StringComparer.Ordinal),
        ];
        var made = WorkThreads.Each(names, name => new TeamChanges(inputs, name, teams.GetValueOrDefault(name), official.Planned.GetValueOrDefault(name)), cancellationToken);
        return new ScenarioForecast(inputs, official, [.. made.Where(team => team.IsChanged)]);
    }

    /// <summary>For <see cref="BudgetOutlooks"/>.</summary>
    public ScenarioSpend Spend => new([.. Inputs.Timeline.Steps.Select(step => (step.FirstDay, step.EndDay))], AddSegments, AddRoutes, PlannedIn);

    private void AddSegments(BudgetScope scope, int step, long[] totals)
    {
        foreach (var segment in Teams.Where(team => SegmentKey.Fits(scope.TeamId, team.TeamId)).SelectMany(team => team.Segments).Where(segment => SegmentKey.Fits(scope.Workload, segment.Key.Workload)))
        {
            segment.AddLane(scope.Lane, step, totals);
        }
    }

    private void AddRoutes(BudgetScope scope, int step, double[] before, double[] after, double[] arrived)
    {
        foreach (var segment in Official.Teams.Where(team => SegmentKey.Fits(scope.TeamId, team.TeamId)).SelectMany(team => team.Segments).Where(segment => SegmentKey.Fits(scope.Workload, segment.Key.Workload)))
        {
            if (_segments.TryGetValue(segment.Key, out var changes))
            {
                changes.AddRoutes(scope, step, before, after, arrived);
            }
            else if (scope.Takes(segment.Key) && Inputs.Mixes.TryGetValue(segment.Key, out var mix))
            {
                AddUnchanged(scope, segment, mix, Inputs.Timeline.Steps[step].Piece, before, after);
            }
        }

        if (scope.IsOfCallers())
        {
            // Whose calls come to a route is not known.
            Array.Clear(arrived);
        }
    }

    private void AddUnchanged(BudgetScope scope, SegmentPaths segment, RouteMix mix, int piece, double[] before, double[] after)
    {
        foreach (var (use, _) in mix.Uses.Index().Where(use => scope.TakesRoute(use.Item.Provider, use.Item.Model)))
        {
            var shares = mix.SharesOf(use);
            for (var path = 0; path < before.Length; path++)
            {
                var cost = segment.Rest(path, piece, Inputs.Current.RestOfToday) * (shares?[path] ?? 1);
                (before[path], after[path]) = (before[path] + cost, after[path] + cost);
            }
        }
    }

    /// <summary>Of teams that it does not change, the plan as it is.</summary>
    private IEnumerable<(PricedItem Item, Func<int, double> Multiple)> PlannedIn(BudgetScope scope)
    {
        var changed = Teams.ToDictionary(team => team.TeamId, StringComparer.Ordinal);
        return changed.Values.SelectMany(team => team.PlannedIn(scope))
            .Concat(scope.PlannedIn(Official.Plan.Where(team => !changed.ContainsKey(team.Key)).SelectMany(team => team), Inputs.Current));
    }
}
