namespace Platform.Forecasting.Models;

/// <param name="Alpha">Smoothing of the level, 0 to 0.5.</param>
/// <param name="Phi">How much of an error returns in the next step, 0 to 0.99.</param>
/// <param name="First">Smoothing of the first season, 0 to 0.5.</param>
/// <param name="Second">Smoothing of the second; 0 without one.</param>
internal readonly record struct SeasonsParameters(double Alpha, double Phi, double First, double Second)
{
    public static SeasonsParameters FromSearch(ReadOnlySpan<double> point) => new(
        0.5 * Sigmoid(point[0]), 0.99 * Sigmoid(point[1]), 0.5 * Sigmoid(point[2]), point.Length > 3 ? 0.5 * Sigmoid(point[3]) : 0);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}

/// <summary>Level, last error and one or two seasons, and how an observation moves them.</summary>
/// <param name="First">States of the first season by place.</param>
/// <param name="Second">Of the second; a single zero without one.</param>
internal readonly record struct SeasonsState(double Level, double Error, double[] First, double[] Second)
{
    /// <summary>Takes the values in, from the first place of both seasons on, overwriting <see cref="First"/> and <see cref="Second"/>.</summary>
    public SeasonsState Run(in SeasonsParameters parameters, ReadOnlySpan<double> values, out double squares)
    {
        var (level, error) = (Level, Error);
        var (first, second) = (First, Second);
        var (i, j) = (0, 0);
        squares = 0;
        foreach (var value in values)
        {
            var miss = value - level - first[i] - second[j];
            var surprise = miss - parameters.Phi * error;
            squares += surprise * surprise;
            level += parameters.Alpha * surprise;
            first[i] += parameters.First * surprise;
            second[j] += parameters.Second * surprise;
            error = miss;
            i = i + 1 == first.Length ? 0 : i + 1;
            j = j + 1 == second.Length ? 0 : j + 1;
        }

        return new SeasonsState(level, error, first, second);
    }

    public SeasonsState Copy() => this with { First = [.. First], Second = [.. Second] };

    /// <summary>The mean pattern of each season over the whole history, the second of what the first leaves; level of the first whole season.</summary>
    /// <param name="values">At least two of the longest season.</param>
    /// <param name="seasons">One or two, ascending.</param>
    public static SeasonsState Start(double[] values, IReadOnlyList<int> seasons)
    {
        var level = values.AsSpan(0, seasons[^1]).ToArray().Average();
        var rest = AroundLocalMean(values, seasons[^1] / 2);
        return new SeasonsState(level, 0, TakePattern(rest, seasons[0]), seasons.Count > 1 ? TakePattern(rest, seasons[1]) : [0]);
    }

    /// <summary>What is left of the values when the mean of so many before and after each is taken off.</summary>
    private static double[] AroundLocalMean(double[] values, int reach)
    {
        var n = values.Length;
        var sums = new double[n + 1];
        for (var t = 0; t < n; t++)
        {
            sums[t + 1] = sums[t] + values[t];
        }

        var rest = new double[n];
        for (var t = 0; t < n; t++)
        {
            var (from, to) = (Math.Max(0, t - reach), Math.Min(n, t + reach + 1));
            rest[t] = values[t] - (sums[to] - sums[from]) / (to - from);
        }

        return rest;
    }

    private static double[] TakePattern(double[] rest, int season)
    {
        var pattern = new double[season];
        for (var place = 0; place < season; place++)
        {
            var count = (rest.Length - place + season - 1) / season;
            for (var t = place; t < rest.Length; t += season)
            {
                pattern[place] += rest[t] / count;
            }

            for (var t = place; t < rest.Length; t += season)
            {
                rest[t] -= pattern[place];
            }
        }

        return pattern;
    }
}
