using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Sampling;

/// <summary>
/// What backtests say about a forecast's errors, apart from its value: how they scale (<see cref="ErrorScale"/>), how they are spread once scaled, and
/// how they hang together (<see cref="ErrorDependence"/>). Paths are drawn by a Gaussian copula, so that steps have the spread and totals the dependence
/// that the backtests had: split conformal prediction for both.
/// </summary>
internal sealed class ErrorModel
{
    /// <summary>How much wider bands are made where a single error was seen; it fades with the number of errors that do not hang together.</summary>
    private const double MostWidening = 2;
    private const double WideningFades = 1.5;

    /// <summary>How far the middle follows the backtest's median error, which the future may or may not repeat.</summary>
    private const double BiasTrusted = 0.3;

    /// <summary>Errors that are taken as seen beside those that were: tails for the few, nothing for the many.</summary>
    private const int AssumedErrors = 20;

    /// <summary>What errors are taken to be, as a share of the level, where next to nothing was judged.</summary>
    private const double UnknownError = 0.15;
    private const double Reach = 4;
    private const int Resolution = 64;

    private readonly ErrorScale _scale;
    private readonly ErrorDependence _dependence;

    /// <summary>Scaled errors by normal score, from -Reach to Reach.</summary>
    private readonly double[] _errors;

    private ErrorModel(ErrorScale scale, ErrorDependence dependence, double[] errors, double widening)
    {
        _scale = scale;
        _dependence = dependence;
        _errors = errors;
        Widening = widening;
    }

    /// <summary>How much wider than the errors seen the bands are made, because they are few; 1 or more.</summary>
    public double Widening { get; }

    /// <param name="forecasts">By origin, by step.</param>
    /// <param name="actuals">By origin, by step.</param>
    /// <param name="independent">How many origins share no step with another.</param>
    public static ErrorModel Of(IReadOnlyList<double[]> forecasts, IReadOnlyList<double[]> actuals, double independent)
    {
        var scale = ErrorScale.Of(forecasts, actuals);
        var scaled = actuals.Select((actual, origin) => actual.Select((value, step) =>
            (value - forecasts[origin][step]) / scale.At(forecasts[origin][step], step)).ToArray()).ToArray();
        var dependence = ErrorDependence.Of(Scores(scaled), independent);
        var seen = independent * dependence.Effective(actuals.Count == 0 ? 1 : actuals[0].Length);
        var widening = 1 + MostWidening / Math.Pow(Math.Max(1, seen), WideningFades);
        return new ErrorModel(scale, dependence, Spread(scaled, independent, widening), widening);
    }

    /// <summary>Joint paths around a forecast; never below zero.</summary>
    public SamplePaths Draw(double[] centre, int count, ulong seed)
    {
        var horizon = centre.Length;
        var scales = Scales(centre);
        var randomness = new Randomness(seed);
        var values = new double[count * horizon];
        var normals = new double[horizon + 2];
        var unused = new double[horizon];
        for (var path = 0; path < count; path += 2)
        {
            randomness.Fill(normals);
            DrawPair(centre, scales, normals, values.AsSpan(path * horizon, horizon), path + 1 < count ? values.AsSpan((path + 1) * horizon, horizon) : unused);
        }

        return new SamplePaths(count, horizon, values);
    }

    /// <summary>How far off each step of a forecast is expected to be, in units of the spread of errors.</summary>
    public double[] Scales(double[] centre) => [.. centre.Select((value, step) => _scale.At(value, step))];

    /// <summary>A path and its mirror image, so that means and medians settle sooner; never below zero.</summary>
    /// <param name="normals">Standard normal: what all steps share, where what fades begins, and what each step adds; two more than there are steps.</param>
    public void DrawPair(ReadOnlySpan<double> centre, ReadOnlySpan<double> scales, ReadOnlySpan<double> normals, Span<double> path, Span<double> mirror)
    {
        var own = Math.Sqrt(1 - _dependence.Shared);
        var common = Math.Sqrt(_dependence.Shared) * normals[0];
        var fading = normals[1];
        var fresh = Math.Sqrt(1 - _dependence.Fading * _dependence.Fading);
        for (var step = 0; step < path.Length; step++)
        {
            var score = common + own * fading;
            path[step] = Math.Max(0, centre[step] + scales[step] * Error(score));
            mirror[step] = Math.Max(0, centre[step] + scales[step] * Error(-score));
            fading = _dependence.Fading * fading + fresh * normals[step + 2];
        }
    }

    /// <summary>Standard deviation of the sum over the first steps, without the cut at zero.</summary>
    public double TotalDeviation(ReadOnlySpan<double> scales)
    {
        var sum = 0.0;
        for (var i = 0; i < scales.Length; i++)
        {
            for (var j = 0; j < scales.Length; j++)
            {
                sum += scales[i] * scales[j] * (i == j ? 1 : _dependence.At(Math.Abs(i - j)));
            }
        }

        return Deviation() * Math.Sqrt(sum);
    }

    /// <summary>Of a scaled error.</summary>
    private double Deviation()
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

    private double Error(double score)
    {
        var at = (Math.Clamp(score, -Reach, Reach) + Reach) * Resolution;
        var below = Math.Min((int)at, _errors.Length - 2);
        return _errors[below] + (at - below) * (_errors[below + 1] - _errors[below]);
    }

    private static double[] Spread(double[][] scaled, double independent, double widening)
    {
        var seen = scaled.SelectMany(origin => origin).ToList();
        var size = seen.Count == 0 ? 0 : seen.Average(Math.Abs);
        if (independent < 2)
        {
            size = Math.Max(size, UnknownError * (2 - independent) / 2);
        }

        for (var i = 0; i < AssumedErrors; i++)
        {
            var p = (i + 0.5) / AssumedErrors;
            seen.Add(size * (p < 0.5 ? Math.Log(2 * p) : -Math.Log(2 * (1 - p))));
        }

        var sorted = seen.Order().ToArray();
        var middle = Band.Quantile(sorted, 0.5);
        var trusted = BiasTrusted * independent / (independent + 2) * middle;
        var errors = new double[(int)(2 * Reach) * Resolution + 1];
        for (var i = 0; i < errors.Length; i++)
        {
            var probability = Normal.Cumulative((double)i / Resolution - Reach);
            errors[i] = trusted + widening * (Band.Quantile(sorted, probability) - middle);
        }

        return errors;
    }

    private static double[][] Scores(double[][] scaled)
    {
        var order = scaled.SelectMany((origin, o) => origin.Select((value, step) => (value, o, step))).OrderBy(entry => entry.value).ToArray();
        var scores = scaled.Select(origin => new double[origin.Length]).ToArray();
        for (var rank = 0; rank < order.Length; rank++)
        {
            scores[order[rank].o][order[rank].step] = Normal.Quantile((rank + 0.5) / order.Length);
        }

        return scores;
    }
}
