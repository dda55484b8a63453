namespace Platform.Forecasting.Sampling;

/// <summary>
/// Draws future errors from a model's own past errors in blocks of random length (the stationary bootstrap of Politis and Romano 1994), so that errors
/// which come together stay together. A block begins at the same position of the season as the day that it is drawn for, so that quiet weekends stay quiet.
/// </summary>
internal sealed class ResidualBootstrap
{
    /// <summary>With fewer past errors a position than this, blocks begin anywhere: variety matters more than position.</summary>
    private const int LeastPerPosition = 4;

    private readonly double[] _errors;
    private readonly int[][] _starts;
    private readonly int _season;

    public ResidualBootstrap(ReadOnlySpan<double> residuals, int season)
    {
        _season = season;
        _errors = Centred(residuals);
        var known = Enumerable.Range(0, _errors.Length).Where(t => !double.IsNaN(_errors[t])).ToArray();
        var byPosition = Enumerable.Range(0, season).Select(position => known.Where(t => t % season == position).ToArray()).ToArray();
        _starts = byPosition.All(starts => starts.Length >= LeastPerPosition) ? byPosition : [.. Enumerable.Repeat(known, season)];
    }

    /// <summary>Fills the errors of the steps after the history.</summary>
    public void Draw(Randomness randomness, Span<double> shocks)
    {
        var at = _errors.Length;
        for (var step = 0; step < shocks.Length; step++)
        {
            if (at >= _errors.Length || double.IsNaN(_errors[at]) || randomness.NextInt(_season) == 0)
            {
                var starts = _starts[(_errors.Length + step) % _season];
                if (starts.Length == 0)
                {
                    shocks.Clear();
                    return;
                }

                at = starts[randomness.NextInt(starts.Length)];
            }

            shocks[step] = _errors[at++];
        }
    }

    private static double[] Centred(ReadOnlySpan<double> residuals)
    {
        var (sum, count) = (0.0, 0);
        foreach (var residual in residuals)
        {
            if (!double.IsNaN(residual))
            {
                sum += residual;
                count++;
            }
        }

        var errors = residuals.ToArray();
        for (var t = 0; t < errors.Length; t++)
        {
            errors[t] -= count == 0 ? 0 : sum / count;
        }

        return errors;
    }
}
