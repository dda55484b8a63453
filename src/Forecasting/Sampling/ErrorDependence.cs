namespace Platform.Forecasting.Sampling;

/// <summary>
/// How errors of one forecast hang together: a part that fades by the factor <paramref name="Fading"/> a step, a level that was taken wrong for all
/// steps, and one that wanders on (a local level model; Harvey 1989). It decides how wide totals are: errors that share a sign do not offset each other.
/// </summary>
/// <param name="Fading">0 to below 1.</param>
/// <param name="Shared">Variance of the level at the first step, where that of the fading part is 1.</param>
/// <param name="Wander">Variance that the level gains with each further step.</param>
internal readonly record struct ErrorDependence(double Fading, double Shared, double Wander)
{
    /// <summary>Of an error at a step counted from 0.</summary>
    public double Variance(int step) => 1 + Shared + step * Wander;

    /// <summary>What part of one error's variance the mean of so many steps has: 1 where they are all the same, 1/steps where none hangs on another.</summary>
    public double VarianceOfMean(int steps)
    {
        var (sum, power, level) = (1.0, 1.0, Shared + Wander * steps / 3);
        for (var distance = 1; distance < steps; distance++)
        {
            power *= Fading;
            sum += 2 * (1 - distance / (double)steps) * power;
        }

        return (sum / steps + level) / (1 + level);
    }

    /// <summary>Of the sum of errors, each times a scale of its own.</summary>
    /// <param name="more">Variance of the level beside <see cref="Shared"/>.</param>
    public double VarianceOfSum(ReadOnlySpan<double> scales, double more)
    {
        // What comes before a step is carried along: the sum of scales, of scales times their steps, and of scales faded to here.
        var (sum, before, stepped, faded) = (0.0, 0.0, 0.0, 0.0);
        for (var step = 0; step < scales.Length; step++)
        {
            var scale = scales[step];
            sum += scale * scale * (Variance(step) + more) + 2 * scale * (before * (Shared + more) + stepped * Wander + faded * Fading);
            before += scale;
            stepped += scale * step;
            faded = faded * Fading + scale;
        }

        return sum;
    }

    /// <summary>
    /// Minus the logarithm of the likelihood of errors, their scale taken as whatever fits best, but for a constant (Kalman filter over both parts).
    /// </summary>
    /// <param name="errors">By forecast, by step; all of the same length; not a number where nothing was observed.</param>
    public double Misfit(IReadOnlyList<double[]> errors)
    {
        double[][] whole = [.. errors.Where(row => !row.AsSpan().Contains(double.NaN))];
        var (logs, squares, count) = whole.Length > 0 ? Filter(whole) : default;
        foreach (var row in errors.Count == whole.Length ? [] : errors.Where(row => row.AsSpan().Contains(double.NaN)))
        {
            var more = Filter([row]);
            (logs, squares, count) = (logs + more.Logs, squares + more.Squares, count + more.Count);
        }

        return (logs + count * Math.Log(squares / Math.Max(1, count) + 1e-9)) / 2;
    }

    /// <param name="errors">Observed at the same steps.</param>
    private (double Logs, double Squares, int Count) Filter(double[][] errors)
    {
        var (logs, squares, observed, steps) = (0.0, 0.0, 0, errors[0].Length);
        Span<double> fading = stackalloc double[errors.Length];
        Span<double> level = stackalloc double[errors.Length];
        var (fades, both, levels) = (1.0, 0.0, Shared);
        for (var step = 0; step < steps; step++)
        {
            if (double.IsNaN(errors[0][step]))
            {
                for (var i = 0; i < errors.Length; i++)
                {
                    fading[i] *= Fading;
                }

                fades = Fading * Fading * fades + 1 - Fading * Fading;
                both *= Fading;
                levels += Wander;
                continue;
            }

            observed++;
            var variance = fades + 2 * both + levels;
            var (toFading, toLevel) = ((fades + both) / variance, (both + levels) / variance);
            logs += errors.Length * Math.Log(variance);
            for (var i = 0; i < errors.Length; i++)
            {
                var miss = errors[i][step] - fading[i] - level[i];
                squares += miss * miss / variance;
                fading[i] = Fading * (fading[i] + toFading * miss);
                level[i] += toLevel * miss;
            }

            var left = (fades - toFading * (fades + both), both - toFading * (both + levels), levels - toLevel * (both + levels));
            fades = Fading * Fading * left.Item1 + 1 - Fading * Fading;
            both = Fading * left.Item2;
            levels = left.Item3 + Wander;
        }

        return (logs, squares, errors.Length * observed);
    }
}
