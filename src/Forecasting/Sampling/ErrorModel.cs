using System.Numerics;
using System.Runtime.Intrinsics;

namespace Platform.Forecasting.Sampling;

/// <summary>
/// What backtests say about a forecast's errors, apart from its value: how they scale (<see cref="ErrorScale"/>), how they are spread once scaled
/// (<see cref="ErrorSpread"/>), and how they hang together (<see cref="DependenceBelief"/>). Paths are drawn by a Gaussian copula, so that steps have the
/// spread and totals the dependence that the past had; the common part has the tails of a t distribution where few totals of that length were ever seen.
/// </summary>
internal sealed class ErrorModel
{
    /// <summary>How much wider bands are made where a single error was seen; it fades with the number of errors that do not hang together.</summary>
    private const double MostWidening = 1;
    private const double WideningFades = 1.5;

    /// <summary>Degrees of freedom of the level's error, which are as many as the horizon fits into the history, at least.</summary>
    private const int LeastFreedom = 2;

    /// <summary>More make no difference.</summary>
    private const int MostFreedom = 30;

    /// <summary>Variance of the level, beside 1 of the errors that fade, for a season that was asked for and is longer than can be seen.</summary>
    private const double UnseenSeason = 0.3;

    private readonly ErrorScale _scale;
    private readonly DependenceBelief _belief;
    private readonly ErrorSpread _spread;
    private readonly double _unseen;
    private readonly int _freedom;
    private readonly int _judged;

    private ErrorModel(ErrorScale scale, DependenceBelief belief, ErrorSpread spread, ErrorEvidence evidence, double widening)
    {
        _scale = scale;
        _belief = belief;
        _spread = spread;
        _unseen = evidence.SeasonUnseen ? UnseenSeason : 0;
        _judged = evidence.Steps;
        _freedom = (int)Math.Clamp(Math.Round(evidence.Observed / (double)evidence.Horizon), LeastFreedom, MostFreedom);
        Widening = widening;
    }

    /// <summary>How much wider than the errors seen the bands are made, because they are few; 1 or more.</summary>
    public double Widening { get; }

    /// <summary>What errors are multiplied by: 1 where this forecast is as certain as those of the backtest were.</summary>
    public double Uncertainty { get; init; } = 1;

    public static ErrorModel Of(ErrorEvidence evidence, double uncertainty = 1)
    {
        var scale = ErrorScale.Of(evidence.Forecasts, evidence.Actuals);
        var scaled = evidence.Scaled(scale);
        var belief = DependenceBelief.Of(NormalScores.Signed(scaled), evidence.Independent, NormalScores.Signed([evidence.Rests(scale)])[0]);
        var seen = evidence.Independent * belief.Effective(evidence.Steps);
        var widening = 1 + MostWidening / Math.Pow(Math.Max(1, seen), WideningFades);
        return new ErrorModel(scale, belief, Spread(evidence, scale, scaled, widening), evidence, widening) { Uncertainty = uncertainty };
    }

    private static ErrorSpread Spread(ErrorEvidence evidence, ErrorScale scale, double[][] scaled, double widening)
    {
        double[] bursts = [.. evidence.Bursts.Select(burst => (burst.Value - burst.Usual) / scale.At(burst.Usual, evidence.Steps / 2))];
        return ErrorSpread.Of(scaled, evidence.Independent, widening, evidence.SimpleError(scale), bursts, evidence.IsBurst, evidence.JudgedBursts, evidence.Observed);
    }

    /// <summary>How far off each step of a forecast is expected to be, in units of the spread of errors.</summary>
    public double[] Scales(double[] centre) => [.. centre.Select((value, step) => Uncertainty * _scale.At(value, step))];

    /// <summary>A path and its mirror image, so that means and medians settle sooner; never below zero.</summary>
    /// <param name="normals">
    /// Standard normal: what all steps share, where what fades begins, and what each step adds; two more than there are steps. Which dependence is drawn, and
    /// how far out its level, follows from them too.
    /// </param>
    /// <param name="wandering">Steps over which the level wanders; it stays where it is after them.</param>
    /// <param name="unit">What a centre of 1 is in the paths' unit.</param>
    public void DrawPair(
        ReadOnlySpan<double> centre, ReadOnlySpan<double> scales, double unit, ReadOnlySpan<double> normals, Span<double> path, Span<double> mirror, int wandering)
    {
        var hidden = Hidden(normals);
        var dependence = _belief.Pick(hidden.NextDouble());
        var norm = Norm(dependence);
        var tail = Tail(hidden);
        var level = tail * Math.Sqrt(dependence.Shared + _unseen) * normals[0];
        var (fading, fresh, wander) = (normals[1], Math.Sqrt(1 - dependence.Fading * dependence.Fading), tail * Math.Sqrt(dependence.Wander));
        for (var step = 0; step < path.Length; step++)
        {
            var score = norm * (level + fading);
            // What is not a number stays none: the greater of two is the second where one is.
            var both = unit * Vector128.MaxNative(Vector128<double>.Zero, Vector128.Create(centre[step]) + scales[step] * _spread.At(score));
            (path[step], mirror[step]) = (both[0], both[1]);
            fading = dependence.Fading * fading + fresh * normals[step + 2];
            if (step < wandering)
            {
                // The same normals from the other end with changing signs: as good as others for a sum, and shared where they are shared.
                level += wander * (step % 2 == 0 ? 1 : -1) * normals[^(step + 1)];
            }
        }
    }

    /// <summary>Standard deviation of the sum over the first steps, without the cut at zero and the tails of the level.</summary>
    public double TotalDeviation(ReadOnlySpan<double> scales)
    {
        var sum = 0.0;
        foreach (var (dependence, share) in _belief.All)
        {
            sum += share * Math.Pow(Norm(dependence), 2) * dependence.VarianceOfSum(scales, _unseen);
        }

        return _spread.Deviation * Math.Sqrt(sum);
    }

    /// <summary>What is drawn beside the normals that series may share: always the same for the same.</summary>
    public static Randomness Hidden(ReadOnlySpan<double> normals) =>
        new(BitConverter.DoubleToUInt64Bits(normals[0]) ^ BitOperations.RotateLeft(BitConverter.DoubleToUInt64Bits(normals[1]), 32));

    /// <summary>Gives normal scores a variance of 1 on average over the steps that were judged.</summary>
    private double Norm(ErrorDependence dependence) => 1 / Math.Sqrt(dependence.Variance(0) + dependence.Wander * (_judged - 1) / 2.0);

    /// <summary>What a normal value is multiplied by to be one of Student's t; never more than about 4.5.</summary>
    private double Tail(Randomness randomness)
    {
        if (_freedom >= MostFreedom)
        {
            return 1;
        }

        var squares = 0.0;
        for (var i = 0; i < _freedom; i++)
        {
            var value = randomness.NextNormal();
            squares += value * value;
        }

        return Math.Sqrt(_freedom / Math.Max(squares, 0.05 * _freedom));
    }
}
