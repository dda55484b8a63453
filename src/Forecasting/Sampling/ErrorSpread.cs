using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Sampling;

/// <summary>How scaled errors are spread: those that were seen, later ones counting more (conformal prediction under drift; Barber et al. 2023).</summary>
internal sealed class ErrorSpread
{
    /// <summary>What the errors of an origin count beside those of the next.</summary>
    private const double Recency = 0.85;

    /// <summary>The same where a bias is looked for, which goes by sooner.</summary>
    private const double BiasRecency = 0.8;

    /// <summary>How far the middle follows the backtest's median error, which the future may or may not repeat.</summary>
    private const double BiasTrusted = 0.6;

    /// <summary>
    /// Errors that are taken as seen beside those that were: tails for the few, nothing for the many. They are as great as those that were seen, and at least as a simple rule's over the whole history:
    /// two or three quiet weeks in which little could be judged do not say that all that come are quiet.
    /// </summary>
    private const int AssumedErrors = 20;

    /// <summary>What errors are taken to be, as a share of the level, where next to nothing was judged.</summary>
    private const double UnknownError = 0.15;

    /// <summary>What a bias that is not trusted may widen the spread by at most.</summary>
    private const double MostForBias = 3;

    /// <summary>Normal scores up to which errors are read off those seen; further ones go on in a straight line.</summary>
    private const double Reach = 2.5;
    private const int Resolution = 64;

    /// <summary>By normal score, from -Reach to Reach.</summary>
    private readonly double[] _errors;

    /// <summary>By step between two of them: the errors of its lower score and of the score across zero from it; then what each changes by on the way to the next.</summary>
    private readonly Vector128<double>[] _mirrored;

    private ErrorSpread(double[] errors)
    {
        (_errors, _mirrored) = (errors, new Vector128<double>[2 * (errors.Length - 1)]);
        for (var (below, above) = (0, errors.Length - 1); below < errors.Length - 1; (below, above) = (below + 1, above - 1))
        {
            _mirrored[2 * below] = Vector128.Create(errors[below], errors[above]);
            _mirrored[2 * below + 1] = Vector128.Create(errors[below + 1] - errors[below], errors[above - 1] - errors[above]);
        }
    }

    /// <param name="scaled">By origin, oldest first, by step; may be empty; not a number where nothing was observed.</param>
    /// <param name="bursts">Errors of outliers that came too early to be judged, each as often as it came.</param>
    /// <param name="isBurst">By origin and step: errors that are of outliers. They are among those seen, and say nothing of how far off a usual step is.</param>
    /// <param name="judged">How many outliers these errors are of: several origins see the same one.</param>
    /// <param name="length">Observed steps of the whole history.</param>
    /// <param name="simple">Mean size of a simple rule's errors over the whole history.</param>
    public static ErrorSpread Of(double[][] scaled, double independent, double widening, double simple, double[] bursts, bool[][] isBurst, int judged, int length)
    {
        var seen = Weighed(scaled, Recency, (origin, step) => !isBurst[origin][step]);
        var judgedBursts = Weighed(scaled, Recency, (origin, step) => isBurst[origin][step]);
        var usual = seen.Select(entry => Math.Abs(entry.Error)).ToArray();
        var size = usual.Length == 0 ? 0 : Math.Max(simple, usual.Average());
        if (independent < 2)
        {
            size = Math.Max(size, UnknownError * (2 - independent) / 2);
        }

        // What comes once in so many steps stays as likely as that, whether it came in the days that are judged, by however many origins, or before them.
        var (all, ofJudged) = (seen.Concat(judgedBursts).Sum(entry => entry.Weight), judgedBursts.Sum(entry => entry.Weight));
        var weight = all / length;
        seen.AddRange(judgedBursts.Select(entry => (entry.Error, entry.Weight * judged * weight / ofJudged)));
        seen.AddRange(bursts.Where(_ => weight > 0).Select(error => (error, weight)));
        for (var i = 0; i < AssumedErrors; i++)
        {
            var p = (i + 0.5) / AssumedErrors;
            seen.Add((size * (p < 0.5 ? Math.Log(2 * p) : -Math.Log(2 * (1 - p))), 1));
        }

        var quantiles = new WeightedQuantiles(seen);
        var middle = quantiles.At(0.5);
        var recent = Weighed(scaled, BiasRecency);
        var trusted = recent.Count == 0 ? 0 : BiasTrusted * independent / (independent + 2) * new WeightedQuantiles(recent).At(0.5);
        var (around, off) = (seen.Sum(entry => Square(entry.Error - middle)), seen.Sum(entry => Square(entry.Error - trusted)));
        var width = widening * (around > 0 ? Math.Clamp(Math.Sqrt(off / around), 1, MostForBias) : 1);
        var errors = new double[(int)(2 * Reach * Resolution) + 1];
        for (var i = 0; i < errors.Length; i++)
        {
            errors[i] = trusted + width * (quantiles.At(Normal.Cumulative((double)i / Resolution - Reach)) - middle);
        }

        return new ErrorSpread(errors);
    }

    /// <summary>Standard deviation, for a standard normal score.</summary>
    public double Deviation
    {
        get
        {
            var (mean, squares, all) = (0.0, 0.0, 0.0);
            for (var i = 0; i < _errors.Length; i++)
            {
                var score = (double)i / Resolution - Reach;
                var weight = Math.Exp(-score * score / 2);
                (mean, squares, all) = (mean + weight * _errors[i], squares + weight * _errors[i] * _errors[i], all + weight);
            }

            return Math.Sqrt(Math.Max(0, squares / all - mean / all * (mean / all)));
        }
    }

    /// <summary>The error at a normal score, and that at the score across zero from it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<double> At(double score)
    {
        if (Math.Abs(score) > Reach)
        {
            return Beyond(score);
        }

        // Never below zero nor beyond the errors: a conversion that looks for it is a call, once a day of every pair of paths.
        var at = (score + Reach) * Resolution;
        var below = Math.Min(unchecked((int)at), _errors.Length - 2);
        return _mirrored[2 * below] + (at - below) * _mirrored[2 * below + 1];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Vector128<double> Beyond(double score)
    {
        var (edge, inner) = (Math.Sign(score) * Reach, Math.Sign(score) * (Reach - 1));
        return At(edge) + Math.Abs(score - edge) * (At(edge) - At(inner));
    }

    /// <param name="counts">By origin and step; null: all do.</param>
    private static List<(double Error, double Weight)> Weighed(double[][] scaled, double recency, Func<int, int, bool>? counts = null) =>
    [
        .. scaled.SelectMany((row, origin) => row
            .Where((error, step) => !double.IsNaN(error) && counts?.Invoke(origin, step) != false).Select(error => (error, Math.Pow(recency, scaled.Length - 1 - origin)))),
    ];

    private static double Square(double value) => value * value;
}
