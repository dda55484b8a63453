using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>What a scenario changes of one segment: its parts and increments, worked out once, and then the money of each path and piece, rounded once a change.</summary>
internal sealed class SegmentChanges
{
    private readonly ScenarioInputs _inputs;
    private readonly SegmentPaths _segment;
    private readonly SegmentLayers _layers;
    private readonly RouteMix _mix;
    private readonly PartChanges _changes;
    private readonly double[]? _weights;
    private readonly bool _lifts;

    private SegmentChanges(ScenarioInputs inputs, SegmentPaths segment, SegmentLayers layers, RouteMix mix, PartChanges changes, double[]? weights) =>
        (_inputs, _segment, _layers, _mix, _changes, _weights, _lifts) =
            (inputs, segment, layers, mix, changes, weights, changes.Parts.Exists(part => part.Amount != AmountOf.Route));

    /// <summary>Null where no change touches it.</summary>
    /// <param name="weights">Of the steps of the timeline, by path, for its team (<see cref="Timeline.Weights"/>).</param>
    public static SegmentChanges? Of(ScenarioInputs inputs, SegmentPaths segment, SegmentLayers layers, double[]? weights)
    {
        if (segment.Forecast.Outlook is null && layers.Refused is null)
        {
            return null;
        }

        var mix = inputs.Mixes.GetValueOrDefault(segment.Key) ?? RouteMix.Unknown(segment.Key);
        var ahead = ModelPrices.Ahead(segment.Forecast.Series, inputs.Timeline);
        var changes = new PartChanges(inputs, segment.Key, [.. mix.Uses.Select((use, place) => Part(use, place, segment.Key, mix.Uses.Count > 1 ? ahead : null, inputs))], ahead);
        for (var place = 0; place < inputs.Changes.Count; place++)
        {
            changes.Apply(place, inputs.Changes[place]);
        }

        foreach (var touched in changes.Touched.Select(touched => touched.Change).Distinct())
        {
            inputs.Traces[touched].CountSegment();
        }

        return changes.Touched.Count == 0 ? null : new SegmentChanges(inputs, segment, layers, mix, changes, weights);
    }

    /// <summary>What it has of the segment is its share of the last four weeks, times what later prices make of it by what they make of the segment.</summary>
    private static CallPart Part(RouteUse use, int place, SegmentKey key, double[]? ahead, ScenarioInputs inputs)
    {
        double[]? unchanged = ahead is null ? null : [.. ModelPrices.Ahead(use, key.Lane, inputs).Zip(ahead, (own, all) => all > 0 ? own / all : 1)];
        return new CallPart(AmountOf.Route, place, use, use.Provider, use.Model, key.Lane, (double[]?)unchanged?.Clone() ?? inputs.Timeline.Whole()) { Unchanged = unchanged };
    }

    public SegmentKey Key => _segment.Key;

    /// <summary>By step, about how much of each unit that is spent there is changed: where in a piece a change lies. Weighed by what the segment costs.</summary>
    public double[] Profile()
    {
        var profile = new double[_inputs.Timeline.Steps.Count];
        foreach (var increment in _changes.Increments)
        {
            for (var step = 0; step < profile.Length; step++)
            {
                profile[step] += Math.Abs(increment.BySteps[step]) * Math.Max(1, _segment.Expected[_inputs.Timeline.Steps[step].Piece]);
            }
        }

        return profile;
    }

    public void AddTo(ChangeSums sums)
    {
        var increments = Terms(_changes.Increments).GroupBy(term => term.Change).OrderBy(change => change.Key)
            .Select(change => new ChangeTerms(change.Key, [.. change], sums.SpentToFill(change.Key), _inputs.Limits.GetValueOrDefault(change.Key))).ToArray();
        foreach (var piece in Pieces(increments.SelectMany(increment => increment.Terms)))
        {
            for (var path = 0; path < JointPaths.Paths; path++)
            {
                Add(increments, path, piece);
            }

            foreach (var increment in increments)
            {
                sums.Expected[increment.Change][piece] += Nanos.Mean(increment.Sum, JointPaths.Paths);
                increment.Sum = 0;
            }
        }

        AddMeans(Terms(_changes.Touched), sums.Touched);
        AddMeans(Terms(_changes.Unserved), sums.Unserved);
    }

    /// <summary>One path and piece: each change after those before it, and never more taken than is there.</summary>
    private void Add(ChangeTerms[] increments, int path, int piece)
    {
        var amounts = Amounts(path, piece);
        var (byTeams, byAll, left) = (1.0, 1.0, amounts.Cost);
        foreach (var increment in increments)
        {
            var limit = increment.Limit;
            var part = limit is null ? byTeams * byAll : (limit.IsOfAll ? byTeams : byAll) * limit.More(path, piece);
            var nanos = Math.Max(-left, Nanos.Signed(Sum(increment.Terms, amounts, path, piece) * part));
            left += nanos;
            byTeams = limit is { IsOfAll: false } ? 1 - limit.Held(path, piece) : byTeams;
            byAll = limit is { IsOfAll: true } ? 1 - limit.Held(path, piece) : byAll;
            increment.Into[path * HorizonCalendar.Pieces + piece] += nanos;
            increment.Sum += nanos;
        }
    }

    /// <summary>Those in which any of the terms is something.</summary>
    private IEnumerable<int> Pieces(IEnumerable<Term> terms)
    {
        var all = terms.ToArray();
        return Enumerable.Range(0, HorizonCalendar.Pieces).Where(piece => _inputs.Timeline.StepsOf(piece) is var (first, end)
            && all.Any(term => term.BySteps.AsSpan(first, end - first).ContainsAnyExcept(0)));
    }

    /// <summary>Adds what the calls of one lane cost otherwise in a step, path by path: for budgets of a part of a team.</summary>
    /// <param name="lane">Empty: all.</param>
    public void AddLane(string lane, int step, long[] totals)
    {
        var parts = _changes.Parts.Where(part => lane.Length == 0 || part.Lane == lane).Select(part => new Term(0, part.Amount, part.Told, Shares(part.Amount, part.Use))).ToArray();
        var (piece, isOfLane, limits) = (_inputs.Timeline.Steps[step].Piece, lane.Length == 0 || _segment.Key.Lane == lane, OwnLimits());
        for (var path = 0; path < totals.Length; path++)
        {
            var amounts = Amounts(path, piece);
            var cost = Sum(parts, amounts, path, step, Served(limits, path, piece));
            totals[path] += Nanos.Signed(Weight(path, step) * (cost - (isOfLane ? amounts.Cost : 0)));
        }
    }

    /// <summary>Adds what a scope's routes cost in a step before and after, and what comes to them, path by path: for budgets of a provider or a model.</summary>
    public void AddRoutes(BudgetScope scope, int step, double[] before, double[] after, double[] arrived)
    {
        var unchanged = _changes.Parts.Take(_mix.Uses.Count).Select(part => part.Unchanged ?? _inputs.Timeline.Whole()).ToArray();
        bool Was(int use) => scope.Takes(_segment.Key) && scope.TakesRoute(_mix.Uses[use].Provider, _mix.Uses[use].Model);
        var now = _changes.Parts.Where(part => part.Amount == AmountOf.Route && scope.Takes(_segment.Key with { Lane = part.Lane }) && scope.TakesRoute(part.Provider, part.Model)).ToLookup(part => Was(part.Use));
        var (known, stayed, came) = (_mix.Uses.Index().Where(use => Was(use.Index)).Select(use => new Term(0, AmountOf.Route, unchanged[use.Index], Shares(AmountOf.Route, use.Index))).ToArray(), Terms(now[true]), Terms(now[false]));
        var (piece, limits) = (_inputs.Timeline.Steps[step].Piece, OwnLimits());
        for (var path = 0; path < before.Length; path++)
        {
            var (amounts, served) = (Amounts(path, piece), Served(limits, path, piece));
            before[path] += Sum(known, amounts, path, step, 1);
            after[path] += Sum(stayed, amounts, path, step, served);
            arrived[path] += Weight(path, step) * Sum(came, amounts, path, step, served);
        }
    }

    private Term[] Terms(IEnumerable<CallPart> parts) => [.. parts.Select(part => new Term(0, part.Amount, part.Level, Shares(part.Amount, part.Use)))];

    /// <summary>One a scope: the last, which has what those before it hold back.</summary>
    private LimitEffect[] OwnLimits()
    {
        LimitEffect[] own = [.. _inputs.Limits.Where(limit => _changes.Touched.Any(touched => touched.Change == limit.Key)).Select(limit => limit.Value)];
        return [.. own.Where(limit => !own.Any(later => later.Earlier == limit))];
    }

    private static double Served(LimitEffect[] limits, int path, int piece)
    {
        var served = 1.0;
        foreach (var limit in limits)
        {
            served *= 1 - limit.Held(path, piece);
        }

        return served;
    }

    private static double Sum(Term[] terms, in PieceAmounts amounts, int path, int step, double served)
    {
        var sum = 0.0;
        foreach (var term in terms)
        {
            sum += term.BySteps[step] * Whole(term, amounts, path);
        }

        return sum * served;
    }

    /// <summary>The step's part of its piece.</summary>
    private double Weight(int path, int step)
    {
        var (first, end) = _inputs.Timeline.StepsOf(_inputs.Timeline.Steps[step].Piece);
        return end - first <= 1 ? 1 : _weights![path * _inputs.Timeline.Steps.Count + step];
    }

    private void AddMeans(Term[] terms, double[][] sums)
    {
        foreach (var term in terms)
        {
            foreach (var piece in Pieces([term]))
            {
                sums[term.Change][piece] += Mean(term, piece);
            }
        }
    }

    private double Mean(Term term, int piece)
    {
        var (first, end) = _inputs.Timeline.StepsOf(piece);
        if (end - first == 1 && term is { Amount: AmountOf.Route, Shares: null })
        {
            return term.BySteps[first] * _segment.Expected[piece] * (piece > 0 ? 1 : _inputs.Current.RestOfToday);
        }

        var mean = 0.0;
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            mean += Of(term, Amounts(path, piece), path, piece) / JointPaths.Paths;
        }

        return mean;
    }

    private double Sum(Term[] terms, in PieceAmounts amounts, int path, int piece)
    {
        var sum = 0.0;
        foreach (var term in terms)
        {
            sum += Of(term, amounts, path, piece);
        }

        return sum;
    }

    private PieceAmounts Amounts(int path, int piece)
    {
        var cost = _segment.Rest(path, piece, _inputs.Current.RestOfToday);
        var rest = piece > 0 ? 1 : _inputs.Current.RestOfToday;
        return !_lifts ? new PieceAmounts(cost, 0, 0, 0)
            : new PieceAmounts(cost, _layers.Saved(path, piece, cost), _layers.Denied(path, piece, cost, rest), _layers.SavedOfDenied(path, piece, cost, rest));
    }

    private Term[] Terms(IEnumerable<Increment> increments) =>
        [.. increments.Select(increment => new Term(increment.Change, increment.Amount, increment.BySteps, Shares(increment.Amount, increment.Use)))];

    private double[]? Shares(AmountOf amount, int use) => amount == AmountOf.Route ? _mix.SharesOf(use) : null;

    private readonly record struct PieceAmounts(long Cost, long Saved, long Refused, long SavedOfRefused);

    private double Of(Term term, in PieceAmounts amounts, int path, int piece) => Multiple(term.BySteps, path, piece) * Whole(term, amounts, path);

    private static double Whole(Term term, in PieceAmounts amounts, int path) => term.Amount switch
    {
        AmountOf.Route => term.Shares is null ? amounts.Cost : amounts.Cost * term.Shares[path],
        AmountOf.Saved => amounts.Saved,
        AmountOf.Refused => amounts.Refused,
        AmountOf.SavedOfRefused => amounts.SavedOfRefused,
    };

    private double Multiple(double[] bySteps, int path, int piece)
    {
        var (first, end) = _inputs.Timeline.StepsOf(piece);
        if (end - first <= 1)
        {
            return end > first ? bySteps[first] : 0;
        }

        var (sum, at) = (0.0, path * bySteps.Length);
        for (var step = first; step < end; step++)
        {
            sum += _weights![at + step] * bySteps[step];
        }

        return sum;
    }

    /// <summary>The terms of one change, and where they are added.</summary>
    private sealed class ChangeTerms(int change, Term[] terms, long[] into, LimitEffect? limit)
    {
        public int Change => change;

        public Term[] Terms => terms;

        /// <summary>By path and piece.</summary>
        public long[] Into => into;

        public LimitEffect? Limit => limit;

        /// <summary>Of the paths of a piece so far.</summary>
        public Int128 Sum { get; set; }
    }

    /// <param name="Shares">By path; null: the whole.</param>
    private sealed record Term(int Change, AmountOf Amount, double[] BySteps, double[]? Shares);
}
