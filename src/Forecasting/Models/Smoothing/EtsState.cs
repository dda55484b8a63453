namespace Platform.Forecasting.Models;

/// <summary>Level, trend and season between two observations, and how an observation moves them.</summary>
/// <param name="Season">Seasonal states by position; a single one for no season.</param>
/// <param name="Phase">Position of the next observation.</param>
internal readonly record struct EtsState(double Level, double Trend, double[] Season, int Phase)
{
    /// <summary>
    /// Takes the values in, overwriting <see cref="Season"/>. The states of a form with additive and of one with multiplicative errors move alike; what
    /// differs is how well the values are said to fit.
    /// </summary>
    /// <param name="misfit">-2 × log likelihood of the values, up to a constant that is the same for all forms.</param>
    public EtsState Run(EtsForm form, in EtsParameters parameters, ReadOnlySpan<double> values, out double misfit)
    {
        var season = Season;
        var (level, trend, phase) = (Level, Trend, Phase);
        var (alpha, beta, phi, gamma) = parameters;
        var multiplies = form.Season == EtsSeason.Multiplicative;
        var relative = form.Error == EtsError.Multiplicative;
        var (squares, logs, product) = (0.0, 0.0, 1.0);
        for (var t = 0; t < values.Length; t++)
        {
            var smooth = level + phi * trend;
            var seasonal = season[phase];
            var forecast = multiplies ? smooth * seasonal : smooth + seasonal;
            var error = values[t] - forecast;
            var (inLevel, inSeason) = multiplies ? (error / seasonal, error / smooth) : (error, error);
            level = smooth + alpha * inLevel;
            trend = phi * trend + beta * inLevel;
            season[phase] = seasonal + gamma * inSeason;
            phase = phase + 1 == season.Length ? 0 : phase + 1;
            if (relative)
            {
                // The logarithm of a product instead of a sum of logarithms: values are near 1 in the engine's unit.
                var size = Math.Abs(forecast);
                error /= size;
                product *= size;
                if ((t & 7) == 7)
                {
                    logs += Math.Log(product);
                    product = 1;
                }
            }

            squares += error * error;
        }

        // A perfect fit has no logarithm; the floor keeps it finite and lets the form with fewer parameters win.
        misfit = values.Length * Math.Log(Math.Max(squares / values.Length, 1e-18)) + 2 * (logs + Math.Log(product));
        return new EtsState(level, trend, season, phase);
    }

    public void Predict(EtsForm form, double phi, Span<double> path)
    {
        var (level, trend) = (Level, Trend);
        for (var step = 0; step < path.Length; step++)
        {
            level += phi * trend;
            trend *= phi;
            var seasonal = Season[(Phase + step) % Season.Length];
            path[step] = form.Season == EtsSeason.Multiplicative ? level * seasonal : level + seasonal;
        }
    }

    public EtsState Copy() => this with { Season = [.. Season] };
}
