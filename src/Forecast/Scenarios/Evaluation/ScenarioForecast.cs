using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>One scenario over the futures of a forecast: the changes of each team, and their sum.</summary>
internal sealed class ScenarioForecast
{
    private ScenarioForecast(ScenarioInputs inputs, LayeredForecasts official, IReadOnlyList<TeamChanges> teams)
    {
        (Inputs, Official, Teams, Sums) = (inputs, official, teams, new ChangeSums(inputs.Changes.Count));
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
        var made = new TeamChanges[names.Length];
        Parallel.For(0, names.Length, new ParallelOptions { CancellationToken = cancellationToken }, i =>
            made[i] = new TeamChanges(inputs, names[i], teams.GetValueOrDefault(names[i]), official.Planned.GetValueOrDefault(names[i])));
        return new ScenarioForecast(inputs, official, [.. made.Where(team => team.IsChanged)]);
    }

    /// <summary>The changes of the segments that a budget's scope takes, for <see cref="BudgetOutlooks"/>.</summary>
    public void AddSegments(BudgetScope scope, PeriodSpan span, long[] totals)
    {
        foreach (var team in Teams.Where(team => scope.TeamId.Length == 0 || team.TeamId == scope.TeamId))
        {
            team.AddSegments(scope.Workload, scope.Lane, span.FirstPiece, span.EndPiece, totals);
        }
    }
}
