using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>What a scenario changes of one team.</summary>
internal sealed class TeamChanges
{
    private readonly ScenarioInputs _inputs;
    private readonly TeamForecast? _team;
    private readonly List<SegmentChanges> _segments = [];
    private readonly PlannedChanges _planned;
    private readonly double[] _profile;

    /// <param name="team">Null for one that plans and uses nothing.</param>
    /// <param name="planned">The plan of today; null: nothing is planned.</param>
    public TeamChanges(ScenarioInputs inputs, string teamId, TeamForecast? team, PlannedPaths? planned)
    {
        (_inputs, _team, TeamId, Sums) = (inputs, team, teamId, new ChangeSums(inputs.Changes.Count));
        _profile = new double[inputs.Timeline.Steps.Count];
        var weights = team is null ? null : inputs.Timeline.Weights(team.Paths);
        for (var i = 0; i < (team?.Segments.Count ?? 0); i++)
        {
            if (SegmentChanges.Of(inputs, team!.Segments[i], team.Layers[i], weights) is { } changes)
            {
                Add(changes);
            }
        }

        _planned = new PlannedChanges(inputs, teamId);
        _planned.AddTo(Sums, planned);
    }

    public string TeamId { get; }

    public ChangeSums Sums { get; }

    public bool IsChanged => _segments.Count > 0 || _planned.AllDays is not null;

    /// <summary>What changes of the plan, by path and day, of today what is left; null: nothing.</summary>
    public long[]? PlannedDays => _planned.AllDays;

    /// <summary>Those that it changes.</summary>
    public IReadOnlyList<SegmentChanges> Segments => _segments;

    /// <summary>Its plan items as they would be, of a scope, each with the multiple by day of its cost that is in it.</summary>
    public IEnumerable<(PricedItem Item, Func<int, double> Multiple)> PlannedIn(BudgetScope scope) => _planned.In(scope);

    /// <summary>
    /// Adds all changes by path and day. What changes in a piece is spread over its days as the team's spend of the path is, on the days that changes lie on; the days of a piece add up to it, to the nano.
    /// </summary>
    public void AddDays(long[] days)
    {
        if (_planned.AllDays is { } planned)
        {
            for (var i = 0; i < planned.Length; i++)
            {
                days[i] += planned[i];
            }
        }

        if (_segments.Count > 0)
        {
            Spread(days);
        }
    }

    private void Add(SegmentChanges changes)
    {
        _segments.Add(changes);
        changes.AddTo(Sums);
        foreach (var (step, amount) in changes.Profile().Index())
        {
            _profile[step] += amount;
        }
    }

    private void Spread(long[] days)
    {
        var timeline = _inputs.Timeline;
        var horizon = timeline.Horizon.Days;
        var spent = new long[JointPaths.Paths * HorizonCalendar.Pieces];
        foreach (var change in Enumerable.Range(0, Sums.Count).Select(Sums.Spent).OfType<long[]>())
        {
            for (var i = 0; i < spent.Length; i++)
            {
                spent[i] += change[i];
            }
        }

        var firsts = Enumerable.Range(0, horizon).GroupBy(day => timeline.Steps[timeline.StepOf(day)].Piece).Select(piece => (Piece: piece.Key, First: piece.First(), End: piece.Last() + 1)).ToArray();
        var weights = new double[horizon];
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var costs = _team!.Paths.Path(path);
            foreach (var (piece, first, end) in firsts)
            {
                var change = spent[path * HorizonCalendar.Pieces + piece];
                if (change == 0)
                {
                    continue;
                }

                var all = Weigh(weights, costs, first, end);
                var (sum, given) = (0.0, 0L);
                for (var day = first; day < end; day++)
                {
                    sum += weights[day];
                    var through = day == end - 1 ? change : (long)Math.Round(change * (sum / all), MidpointRounding.ToEven);
                    days[path * horizon + day] += through - given;
                    given = through;
                }
            }
        }
    }

    private double Weigh(double[] weights, ReadOnlySpan<long> costs, int first, int end)
    {
        var all = 0.0;
        for (var day = first; day < end; day++)
        {
            weights[day] = costs[day] * _profile[_inputs.Timeline.StepOf(day)];
            all += weights[day];
        }

        if (all > 0)
        {
            return all;
        }

        // Nothing is spent on those days in this path: refusals that come back do so evenly.
        for (var day = first; day < end; day++)
        {
            weights[day] = Math.Max(_profile[_inputs.Timeline.StepOf(day)], 1e-9);
            all += weights[day];
        }

        return all;
    }
}
