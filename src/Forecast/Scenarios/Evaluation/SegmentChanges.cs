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

    private SegmentChanges(ScenarioInputs inputs, SegmentPaths segment, SegmentLayers layers, RouteMix mix, PartChanges changes, double[]? weights) =>
        (_inputs, _segment, _layers, _mix, _changes, _weights) = (inputs, segment, layers, mix, changes, weights);

    /// <summary>Null where no change touches it.</summary>
    /// <param name="weights">Of the steps of the timeline, by path, for its team (<see cref="Timeline.Weights"/>).</param>
    public static SegmentChanges? Of(ScenarioInputs inputs, SegmentPaths segment, SegmentLayers layers, double[]? weights)
    {
        if (segment.Forecast.Outlook is null && layers.DeniedDaily is null)
        {
            return null;
        }

        var mix = inputs.Mixes.GetValueOrDefault(segment.Key) ?? RouteMix.Unknown(segment.Key);
        var changes = new PartChanges(
            inputs, segment.Key, [.. mix.Uses.Select((use, place) => new CallPart(AmountOf.Route, place, use, use.Provider, use.Model, segment.Key.Lane, inputs.Timeline.Whole()))]);
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

    public string Workload => _segment.Key.Workload;

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
            .Select(change => (Change: change.Key, Terms: change.ToArray(), Into: sums.SpentToFill(change.Key), Limit: _inputs.Limits.GetValueOrDefault(change.Key))).ToArray();
        var means = new Int128[increments.Length * HorizonCalendar.Pieces];
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            for (var piece = 0; piece < HorizonCalendar.Pieces; piece++)
            {
                var amounts = Amounts(path, piece);
                var (served, left) = (1.0, amounts.Cost);
                for (var i = 0; i < increments.Length; i++)
                {
                    var (_, terms, into, limit) = increments[i];
                    var held = limit?.Held(path, piece) ?? 1;
                    var nanos = Math.Max(-left, Nanos.Signed(Sum(terms, amounts, path, piece) * served * held));
                    left += nanos;
                    served *= limit is null ? 1 : 1 - held;
                    into[path * HorizonCalendar.Pieces + piece] += nanos;
                    means[i * HorizonCalendar.Pieces + piece] += nanos;
                }
            }
        }

        foreach (var (i, increment) in increments.Index())
        {
            for (var piece = 0; piece < HorizonCalendar.Pieces; piece++)
            {
                sums.Expected[increment.Change][piece] += Nanos.Mean(means[i * HorizonCalendar.Pieces + piece], JointPaths.Paths);
            }
        }

        AddMeans(Terms(_changes.Touched), sums.Touched);
        AddMeans(Terms(_changes.Unserved), sums.Unserved);
    }

    /// <summary>Adds what the calls of one lane cost otherwise, path by path, in some pieces: for budgets of a part of a team.</summary>
    /// <param name="lane">Empty: all.</param>
    public void AddLane(string lane, int firstPiece, int endPiece, long[] totals)
    {
        var parts = _changes.Parts.Where(part => lane.Length == 0 || part.Lane == lane)
            .Select(part => new Term(0, part.Amount, part.Level, Shares(part.Amount, part.Use))).ToArray();
        var isOfLane = lane.Length == 0 || _segment.Key.Lane == lane;
        for (var path = 0; path < totals.Length; path++)
        {
            for (var piece = firstPiece; piece < endPiece; piece++)
            {
                var amounts = Amounts(path, piece);
                var served = _inputs.Limits.Where(limit => _changes.Touched.Any(touched => touched.Change == limit.Key)).Aggregate(1.0, (rest, limit) => rest * (1 - limit.Value.Held(path, piece)));
                totals[path] += Nanos.Signed(Sum(parts, amounts, path, piece) * served) - (isOfLane ? amounts.Cost : 0);
            }
        }
    }

    private void AddMeans(Term[] terms, double[][] sums)
    {
        if (terms.Length == 0)
        {
            return;
        }

        for (var path = 0; path < JointPaths.Paths; path++)
        {
            for (var piece = 0; piece < HorizonCalendar.Pieces; piece++)
            {
                var amounts = Amounts(path, piece);
                foreach (var term in terms)
                {
                    sums[term.Change][piece] += Of(term, amounts, path, piece) / JointPaths.Paths;
                }
            }
        }
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
        return new PieceAmounts(cost, _layers.Saved(path, cost), _layers.Denied(path, piece > 0 ? _inputs.Current.DaysOfColumns[piece] : _inputs.Current.RestOfToday));
    }

    private Term[] Terms(IEnumerable<Increment> increments) =>
        [.. increments.Select(increment => new Term(increment.Change, increment.Amount, increment.BySteps, Shares(increment.Amount, increment.Use)))];

    private double[]? Shares(AmountOf amount, int use) => amount == AmountOf.Route ? _mix.SharesOf(use) : null;

    private readonly record struct PieceAmounts(long Cost, long Saved, long Refused);

    private double Of(Term term, in PieceAmounts amounts, int path, int piece) => Multiple(term.BySteps, path, piece) * term.Amount switch
    {
        AmountOf.Route => term.Shares is null ? amounts.Cost : amounts.Cost * term.Shares[path],
        AmountOf.Saved => amounts.Saved,
        AmountOf.Refused => amounts.Refused,
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

    /// <param name="Shares">By path; null: the whole.</param>
    private sealed record Term(int Change, AmountOf Amount, double[] BySteps, double[]? Shares);
}
