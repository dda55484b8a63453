using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Preparation;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting;

/// <summary>
/// A series' forecast before its paths are drawn. Series whose errors hang together are drawn with normals that they share in part: path number n of one and of
/// the other then belong to the same world, and can be added.
/// </summary>
public sealed class SeriesOutlook
{
    private readonly double[] _centre;
    private readonly double[] _scales;
    private readonly double _unit;
    private readonly ErrorModel _errors;

    internal SeriesOutlook(
        string model, double[] centre, double unit, ErrorModel errors, IReadOnlyList<BacktestScore> scores, int backtestHorizon, IReadOnlyList<Finding> findings,
        double[]? scales = null)
    {
        (Model, _centre, _unit, _errors, Scores, BacktestHorizon, Findings) = (model, centre, unit, errors, scores, backtestHorizon, findings);
        _scales = scales ?? errors.Scales(centre);
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

    public int Horizon => _centre.Length;

    /// <summary>How many normals a pair of paths takes.</summary>
    public int Normals => _centre.Length + 2;

    /// <summary>The middle of a step, in the history's unit.</summary>
    public double Centre(int step) => _centre[step] * _unit;

    /// <summary>Standard deviation of the total over the first steps, in the history's unit.</summary>
    public double TotalDeviation(int steps) => _unit * _errors.TotalDeviation(_scales.AsSpan(0, Math.Min(steps, _scales.Length)));

    /// <summary>Independent paths.</summary>
    public SamplePaths Draw(int count, ulong seed) => _errors.Draw(_centre, count, seed).Scaled(_unit);

    /// <summary>Two paths, the second of which errs to the other side; never below zero, in the history's unit.</summary>
    /// <param name="normals">As many as <see cref="Normals"/>, standard normal and independent of each other.</param>
    /// <param name="path">As long as the horizon; so is <paramref name="mirror"/>.</param>
    public void DrawPair(ReadOnlySpan<double> normals, Span<double> path, Span<double> mirror)
    {
        _errors.DrawPair(_centre, _scales, normals, path, mirror);
        for (var step = 0; step < path.Length; step++)
        {
            path[step] *= _unit;
            mirror[step] *= _unit;
        }
    }

    /// <summary>The same with more steps: from its end on, the mean of the last two seasons again and again, no better known than they are. What grows, and how surely, is the caller's.</summary>
    /// <param name="season">Steps of a season; twice as many are there.</param>
    public SeriesOutlook Extended(int horizon, int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(_centre.Length, 2 * season);
        return new SeriesOutlook(Model, Repeated(_centre), _unit, _errors, Scores, BacktestHorizon, Findings, Repeated(_scales));

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
        Model, _centre, _unit * factor, _errors, [], 0, findings, [.. _scales.Select(scale => scale * widening)]);
}
