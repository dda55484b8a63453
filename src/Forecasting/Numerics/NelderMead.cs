namespace Platform.Forecasting.Numerics;

/// <summary>A function to make small; may answer infinity outside its range.</summary>
internal interface IObjective
{
    double At(ReadOnlySpan<double> point);
}

/// <summary>
/// Minimises a function of a few variables without derivatives (Nelder and Mead 1965). Deterministic; the objective is a struct, so that each one gets a
/// loop of its own without calls through a delegate, and the simplex lives on the stack.
/// </summary>
internal static class NelderMead
{
    private const int MostDimensions = 8;

    /// <param name="point">Where to begin; receives where the search ended.</param>
    /// <param name="step">Edge of the first simplex.</param>
    /// <param name="evaluations">Most calls of the objective, beyond the first simplex at most a few more.</param>
    /// <param name="tolerance">Ends when the simplex's best and worst values differ by less than this share.</param>
    /// <returns>The least value found.</returns>
    public static double Minimise<TObjective>(in TObjective objective, Span<double> point, double step, int evaluations, double tolerance)
        where TObjective : struct, IObjective
    {
        var n = point.Length;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, MostDimensions);
        Span<double> corners = stackalloc double[(MostDimensions + 1) * MostDimensions];
        Span<double> values = stackalloc double[n + 1];
        Span<double> centre = stackalloc double[n];
        Span<double> tried = stackalloc double[n];
        Span<double> second = stackalloc double[n];
        for (var i = 0; i <= n; i++)
        {
            var corner = corners.Slice(i * n, n);
            point.CopyTo(corner);
            if (i > 0)
            {
                corner[i - 1] += step;
            }

            values[i] = Value(objective, corner);
        }

        var used = n + 1;
        while (true)
        {
            var (best, worst, next) = Rank(values);
            if (used >= evaluations || values[worst] - values[best] <= tolerance * (Math.Abs(values[best]) + 1e-12))
            {
                corners.Slice(best * n, n).CopyTo(point);
                return values[best];
            }

            Centre(corners, worst, n, centre);
            var reflected = Along(objective, centre, corners.Slice(worst * n, n), -1, tried);
            used++;
            if (reflected < values[best])
            {
                var expanded = Along(objective, centre, corners.Slice(worst * n, n), -2, second);
                used++;
                Replace(corners, values, worst, n, expanded < reflected ? second : tried, Math.Min(expanded, reflected));
            }
            else if (reflected < values[next])
            {
                Replace(corners, values, worst, n, tried, reflected);
            }
            else
            {
                var contracted = Along(objective, centre, corners.Slice(worst * n, n), reflected < values[worst] ? -0.5 : 0.5, second);
                used++;
                if (contracted < Math.Min(reflected, values[worst]))
                {
                    Replace(corners, values, worst, n, second, contracted);
                }
                else
                {
                    Shrink(objective, corners, values, best, n);
                    used += n;
                }
            }
        }
    }

    /// <summary>Positions of the least, the greatest and the second greatest value.</summary>
    private static (int Best, int Worst, int Next) Rank(ReadOnlySpan<double> values)
    {
        var (best, worst) = (0, 0);
        for (var i = 1; i < values.Length; i++)
        {
            best = values[i] < values[best] ? i : best;
            worst = values[i] >= values[worst] ? i : worst;
        }

        var next = best;
        for (var i = 0; i < values.Length; i++)
        {
            next = i != worst && values[i] > values[next] ? i : next;
        }

        return (best, worst, next);
    }

    private static void Centre(ReadOnlySpan<double> corners, int worst, int n, Span<double> centre)
    {
        centre.Clear();
        for (var i = 0; i <= n; i++)
        {
            for (var d = 0; d < n && i != worst; d++)
            {
                centre[d] += corners[i * n + d] / n;
            }
        }
    }

    /// <summary>The value at the point on the line from the centre towards a corner, which is written to <paramref name="at"/>.</summary>
    private static double Along<TObjective>(in TObjective objective, ReadOnlySpan<double> centre, ReadOnlySpan<double> corner, double distance, Span<double> at)
        where TObjective : struct, IObjective
    {
        for (var d = 0; d < at.Length; d++)
        {
            at[d] = centre[d] + distance * (corner[d] - centre[d]);
        }

        return Value(objective, at);
    }

    private static void Replace(Span<double> corners, Span<double> values, int at, int n, ReadOnlySpan<double> point, double value)
    {
        point.CopyTo(corners[(at * n)..]);
        values[at] = value;
    }

    private static void Shrink<TObjective>(in TObjective objective, Span<double> corners, Span<double> values, int best, int n)
        where TObjective : struct, IObjective
    {
        for (var i = 0; i <= n; i++)
        {
            if (i == best)
            {
                continue;
            }

            var corner = corners.Slice(i * n, n);
            for (var d = 0; d < n; d++)
            {
                corner[d] = (corner[d] + corners[best * n + d]) / 2;
            }

            values[i] = Value(objective, corner);
        }
    }

    /// <summary>No number is as bad as any.</summary>
    private static double Value<TObjective>(in TObjective objective, ReadOnlySpan<double> point)
        where TObjective : struct, IObjective
    {
        var value = objective.At(point);
        return double.IsNaN(value) ? double.PositiveInfinity : value;
    }
}
