using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Calendar;
using Platform.Forecasting.Preparation;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting;

/// <summary>
/// A series' forecast before its paths are drawn. Series whose errors hang together are drawn with normals that they share in part: path number n of one and of
/// the other then belong to the same world, and can be added.
/// </summary>
public sealed class SeriesOutlook
{
    /// <summary>As if no step were marked.</summary>
    private readonly double[] _usualCentre;

    private readonly double[] _usualScales;
    private readonly double[] _centre;
    private readonly double[] _scales;
    private readonly double _unit;
    private readonly ErrorModel _errors;

    /// <summary>Steps of the engine's own forecast, before any that <see cref="Extended"/> adds.</summary>
    private readonly int _own;

    internal SeriesOutlook(
        string model, double[] centre, double[] scales, double unit, AheadFactors ahead, ErrorModel errors, IReadOnlyList<BacktestScore> scores, int backtestHorizon,
        IReadOnlyList<Finding> findings)
        : this(model, Times(centre, ahead.Factors), Times(scales, ahead.Factors), unit, errors, ahead.Learnt, centre.Length, scores, backtestHorizon, findings)
    {
    }

    private SeriesOutlook(
        string model, double[] centre, double[] scales, double unit, ErrorModel errors, IReadOnlyList<LearntEffect> learnt, int own,
        IReadOnlyList<BacktestScore> scores, int backtestHorizon, IReadOnlyList<Finding> findings)
    {
        (Model, _usualCentre, _usualScales, _unit, _errors, Learnt, _own) = (model, centre, scales, unit, errors, learnt, own);
        (Scores, BacktestHorizon, Findings) = (scores, backtestHorizon, findings);
        (_centre, _scales) = (Marked(centre, learnt), Marked(scales, learnt));
    }

    /// <summary>What was chosen: a way to combine all models, with those that weigh most.</summary>
    public string Model { get; }

    /// <summary>The choice first, then all models that were tried, by error.</summary>
    public IReadOnlyList<BacktestScore> Scores { get; }

    /// <summary>Steps of the totals that the scores are about; 0 when there was no backtest.</summary>
    public int BacktestHorizon { get; }

    /// <summary>How much wider than the backtest's errors the bands are made, because few forecasts could be judged; 1 or more.</summary>
    public double BandScale => _errors.Widening;

    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>Effects of the calendar that the history shows; those that it does not show are findings only.</summary>
    public IReadOnlyList<LearntEffect> Learnt { get; }

    /// <summary>Steps of the history that such effects mark, and outliers, with what would have been usual on them, in its unit.</summary>
    public IReadOnlyList<(int Step, double Value)> Usual { get; internal init; } = [];

    public int Horizon => _centre.Length;

    /// <summary>How many normals a pair of paths takes.</summary>
    public int Normals => _centre.Length + 2;

    /// <summary>The middle of a step, in the history's unit.</summary>
    public double Centre(int step) => _centre[step] * _unit;

    /// <summary>Standard deviation of the total over the first steps, in the history's unit.</summary>
    public double TotalDeviation(int steps) => _unit * _errors.TotalDeviation(_scales.AsSpan(0, Math.Min(steps, _scales.Length)));

    /// <summary>Independent paths.</summary>
    public SamplePaths Draw(int count, ulong seed)
    {
        var randomness = new Randomness(seed);
        var values = new double[count * Horizon];
        var normals = new double[Normals];
        var unused = new double[Horizon];
        for (var path = 0; path < count; path += 2)
        {
            randomness.Fill(normals);
            DrawPair(normals, values.AsSpan(path * Horizon, Horizon), path + 1 < count ? values.AsSpan((path + 1) * Horizon, Horizon) : unused);
        }

        return new SamplePaths(count, Horizon, values);
    }

    /// <summary>Two paths, the second of which errs to the other side; never below zero, in the history's unit.</summary>
    /// <param name="normals">As many as <see cref="Normals"/>, standard normal and independent of each other.</param>
    /// <param name="path">As long as the horizon; so is <paramref name="mirror"/>.</param>
    public void DrawPair(ReadOnlySpan<double> normals, Span<double> path, Span<double> mirror)
    {
        _errors.DrawPair(_centre, _scales, _unit, normals, path, mirror, _own);
        if (Learnt.Count == 0)
        {
            return;
        }

        var hidden = new Randomness(~ErrorModel.Hidden(normals).Next());
        foreach (var effect in Learnt)
        {
            var normal = effect.Deviation * hidden.NextNormal();
            foreach (var step in Within(effect, path.Length))
            {
                path[step] *= Math.Max(0, 1 + normal);
                mirror[step] *= Math.Max(0, 1 - normal);
            }
        }
    }

    /// <summary>The same with more steps: from its end on, the mean of the last two seasons again and again, no better known than they are, with what the calendar marks there. What grows, and how surely, is the caller's.</summary>
    /// <param name="season">Steps of a season; twice as many are there.</param>
    public SeriesOutlook Extended(int horizon, int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(_centre.Length, 2 * season);
        return new SeriesOutlook(Model, Repeated(_usualCentre), Repeated(_usualScales), _unit, _errors, Learnt, _own, Scores, BacktestHorizon, Findings) { Usual = Usual };

        double[] Repeated(double[] known) => [.. Enumerable.Range(0, horizon).Select(step =>
        {
            var last = known.Length - season + ((step - known.Length) % season);
            return step < known.Length ? known[step] : (known[last] + known[last - season]) / 2;
        })];
    }

    /// <summary>The shape of this series at another level: for a sibling that is too young to have one of its own.</summary>
    /// <param name="factor">Level by level, 0 or more.</param>
    /// <param name="widening">How much wider its bands are, 1 or more.</param>
    public SeriesOutlook Borrowed(double factor, double widening, IReadOnlyList<Finding> findings) => new(
        Model, _usualCentre, [.. _usualScales.Select(scale => scale * widening)], _unit * factor, _errors, Learnt, _own, [], 0, findings);

    /// <summary>The same at other levels, as a sum that it is part of asks.</summary>
    /// <param name="first">Steps that are multiplied by <paramref name="factor"/>, above 0; those after them by <paramref name="later"/>.</param>
    public SeriesOutlook Levelled(int first, double factor, double later)
    {
        double[] factors = [.. Enumerable.Range(0, Horizon).Select(step => step < first ? factor : later)];
        return Times(factors);
    }

    /// <summary>The same with each step at another level, as something asks that is known of it and that no model saw.</summary>
    /// <param name="factors">By step, 0 or more.</param>
    public SeriesOutlook Times(IReadOnlyList<double> factors) =>
        new(Model, Times(_usualCentre, factors), Times(_usualScales, factors), _unit, _errors, Learnt, _own, Scores, BacktestHorizon, Findings) { Usual = Usual };

    private static double[] Marked(double[] values, IReadOnlyList<LearntEffect> learnt)
    {
        var marked = learnt.Count == 0 ? values : (double[])values.Clone();
        foreach (var effect in learnt)
        {
            foreach (var step in Within(effect, marked.Length))
            {
                marked[step] *= effect.Ratio;
            }
        }

        return marked;
    }

    private static IEnumerable<int> Within(LearntEffect effect, int horizon) => effect.Ahead.TakeWhile(step => step < horizon);

    private static double[] Times(double[] values, IReadOnlyList<double> factors) => [.. values.Zip(factors, (value, factor) => value * factor)];
}
