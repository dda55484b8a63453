using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>What a scenario changes of a team's planned demand, by change, path and day. Plan changes come first, whatever their place; then the others act on the plan as it then is.</summary>
internal sealed class PlannedChanges(ScenarioInputs inputs, string teamId)
{
    private readonly long[]?[] _days = new long[inputs.Changes.Count][];
    private readonly int _horizon = inputs.Timeline.Horizon.Days;
    private readonly long[][] _expected = [.. inputs.Changes.Select(_ => new long[HorizonCalendar.Pieces])];

    /// <summary>Items as they would be, with the parts of their calls.</summary>
    private readonly List<(PricedItem Item, CallPart Own, IReadOnlyList<CallPart> Parts)> _items = [];

    /// <summary>By path and day, all changes together, what is left of today first; null where nothing planned changes.</summary>
    public long[]? AllDays { get; private set; }

    /// <param name="today">Of the plan of today, the whole of the day by path; null: nothing is planned.</param>
    public void AddTo(ChangeSums sums, PlannedPaths? today)
    {
        var items = inputs.Plan[teamId].ToDictionary(item => item.Item.PlanId, StringComparer.Ordinal);
        Edit(items);
        foreach (var item in items.Values.OrderBy(item => item.Item.PlanId, StringComparer.Ordinal))
        {
            Act(item, sums);
        }

        if (_days.Any(days => days is not null))
        {
            Finish(sums, today);
        }
    }

    private void Edit(Dictionary<string, PricedItem> items)
    {
        foreach (var edit in inputs.PlanEdits)
        {
            if (edit.Before?.Item.TeamId == teamId)
            {
                Take(edit.Change, edit.Before, -1, null);
                items.Remove(edit.Before.Item.PlanId);
            }

            if (edit.After?.Item.TeamId == teamId)
            {
                Take(edit.Change, edit.After, 1, null);
                items[edit.After.Item.PlanId] = edit.After;
                inputs.Traces[edit.Change].CountItem();
            }
        }
    }

    /// <summary>Items of a scope, each with the multiple by day of its cost that is in it. Whose calls they will be is not known: a scope of callers has none.</summary>
    public IEnumerable<(PricedItem Item, Func<int, double> Multiple)> In(BudgetScope scope)
    {
        foreach (var (item, own, parts) in scope.IsOfCallers() ? [] : _items)
        {
            var row = item.Item;
            var taken = parts.Select(part => (part.Level, Part: scope.PartOf(
                part == own ? row : row with { Lane = part.Lane, Provider = part.Provider, Model = part.Model }, inputs.Current))).Where(part => part.Part > 0).ToArray();
            if (taken.Length > 0)
            {
                double[] multiples = [.. Enumerable.Range(0, _horizon).Select(day => taken.Sum(part => part.Part * part.Level[inputs.Timeline.StepOf(day)]))];
                yield return (item, day => multiples[day]);
            }
        }
    }

    private void Act(PricedItem item, ChangeSums sums)
    {
        var row = item.Item;
        var resolved = inputs.Prices.Resolve(row.Provider, row.Model);
        var calls = new RouteUse(resolved.Provider, resolved.Model, Nanos.FromForecast(item.NanosPerCall), 1, row.InputTokens, row.OutputTokens);
        var part = new CallPart(AmountOf.Route, 0, calls, resolved.Provider, resolved.Model, row.Lane, inputs.Timeline.Whole());
        var changes = new PartChanges(inputs, new SegmentKey(row.TeamId, row.Workload, row.Lane), [part]);
        foreach (var (place, change) in inputs.Changes.Index())
        {
            // What is planned was never routed or refused, and limits hold back what was seen.
            if (change is not (Changes.LiftChange or Changes.LimitChange))
            {
                changes.Apply(place, change);
            }
        }

        _items.Add((item, part, changes.Parts));
        foreach (var increment in changes.Increments.Where(increment => increment.BySteps.Any(by => by != 0)))
        {
            Take(increment.Change, item, 1, increment.BySteps);
        }

        foreach (var touched in changes.Touched)
        {
            inputs.Traces[touched.Change].CountItem();
        }

        if (changes.Touched.Count > 0)
        {
            AddMeans(item, [(changes.Touched, sums.Touched), (changes.Unserved, sums.Unserved)]);
        }
    }

    /// <param name="bySteps">Null: the whole of it.</param>
    private void Take(int change, PricedItem item, int sign, double[]? bySteps)
    {
        var days = _days[change] ??= new long[JointPaths.Paths * _horizon];
        var (pieces, sums) = (inputs.Timeline.Horizon.PiecesOfDays(), new Int128[HorizonCalendar.Pieces]);
        PlannedPaths.Draw(item, inputs.Timeline.Horizon, (path, day, nanos) =>
        {
            var more = sign * (bySteps is null ? nanos : Nanos.Signed(nanos * bySteps[inputs.Timeline.StepOf(day)]));
            days[path * _horizon + day] += more;
            sums[pieces[day]] += more;
        });
        for (var piece = 0; piece < sums.Length; piece++)
        {
            _expected[change][piece] += Nanos.Mean(sums[piece], JointPaths.Paths);
        }
    }

    private void AddMeans(PricedItem item, (List<Increment> Of, double[][] Sums)[] all)
    {
        var (pieces, means) = (inputs.Timeline.Horizon.PiecesOfDays(), new double[_horizon]);
        PlannedPaths.Draw(item, inputs.Timeline.Horizon, (_, day, nanos) => means[day] += nanos / (double)JointPaths.Paths);
        means[0] *= inputs.Current.RestOfToday;
        foreach (var (increments, sums) in all)
        {
            foreach (var increment in increments)
            {
                for (var day = 0; day < _horizon; day++)
                {
                    sums[increment.Change][pieces[day]] += means[day] * increment.BySteps[inputs.Timeline.StepOf(day)];
                }
            }
        }
    }

    /// <summary>Today's rest is rounded of all that is planned together, so that a plan which is dropped whole leaves nothing behind.</summary>
    private void Finish(ChangeSums sums, PlannedPaths? today)
    {
        var (rest, pieces) = (inputs.Current.RestOfToday, inputs.Timeline.Horizon.PiecesOfDays());
        AllDays = new long[JointPaths.Paths * _horizon];
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var whole = today is null ? 0 : today.Path(path)[0];
            for (var change = 0; change < _days.Length; change++)
            {
                if (_days[change] is not { } days)
                {
                    continue;
                }

                var into = sums.PlannedToFill(change);
                var at = path * _horizon;
                (var before, whole) = (Nanos.FromForecast(whole * rest), whole + days[at]);
                Add(path, 0, 0, Nanos.FromForecast(whole * rest) - before);
                for (var day = 1; day < _horizon; day++)
                {
                    Add(path, day, pieces[day], days[at + day]);
                }

                void Add(int path, int day, int piece, long nanos)
                {
                    AllDays[path * _horizon + day] += nanos;
                    into[path * HorizonCalendar.Pieces + piece] += nanos;
                }
            }
        }

        Expect(sums, today?.Expected[0] ?? 0, rest);
    }

    private void Expect(ChangeSums sums, long whole, double rest)
    {
        for (var change = 0; change < _days.Length; change++)
        {
            (var before, whole) = (Nanos.FromForecast(whole * rest), whole + _expected[change][0]);
            sums.ExpectedPlanned[change][0] += Nanos.FromForecast(whole * rest) - before;
            for (var piece = 1; piece < HorizonCalendar.Pieces; piece++)
            {
                sums.ExpectedPlanned[change][piece] += _expected[change][piece];
            }
        }
    }
}
