namespace Platform.Forecasting.Models;

/// <summary>The downhill simplex of Nelder and Mead (Computer Journal 7, 1965): minimises without derivatives, deterministic, bounded in evaluations.</summary>
internal static class NelderMead
{
    /// <param name="objective">What to make small; may answer infinity outside its range.</param>
    /// <param name="start">Where to begin; not changed.</param>
    /// <param name="step">Edge of the first simplex.</param>
    /// <param name="evaluations">Most calls of the objective, beyond the first simplex at most two more.</param>
    /// <param name="tolerance">Ends when the simplex's best and worst values differ by less than this share.</param>
    public static (double[] Point, double Value) Minimise(
        Func<double[], double> objective, double[] start, double step, int evaluations, double tolerance)
    {
        var n = start.Length;
        var simplex = new (double[] Point, double Value)[n + 1];
        for (var i = 0; i <= n; i++)
        {
            var point = (double[])start.Clone();
            if (i > 0)
            {
                point[i - 1] += step;
            }

            simplex[i] = (point, objective(point));
        }

        for (var used = n + 1; ;)
        {
            Array.Sort(simplex, static (left, right) => left.Value.CompareTo(right.Value));
            var (best, worst) = (simplex[0].Value, simplex[n].Value);
            if (used >= evaluations || worst - best <= tolerance * (Math.Abs(best) + 1e-12))
            {
                return simplex[0];
            }

            used += Improve(simplex, objective);
        }
    }

    /// <summary>One move of the sorted simplex: reflect, expand, contract or shrink. Answers how many evaluations it took.</summary>
    private static int Improve((double[] Point, double Value)[] simplex, Func<double[], double> objective)
    {
        var n = simplex.Length - 1;
        var reflected = Along(-1);
        if (reflected.Value < simplex[0].Value)
        {
            var expanded = Along(-2);
            simplex[n] = expanded.Value < reflected.Value ? expanded : reflected;
            return 2;
        }

        if (reflected.Value < simplex[n - 1].Value)
        {
            simplex[n] = reflected;
            return 1;
        }

        var contracted = Along(reflected.Value < simplex[n].Value ? -0.5 : 0.5);
        if (contracted.Value < Math.Min(reflected.Value, simplex[n].Value))
        {
            simplex[n] = contracted;
            return 2;
        }

        for (var i = 1; i <= n; i++)
        {
            var point = simplex[i].Point;
            for (var d = 0; d < point.Length; d++)
            {
                point[d] = (point[d] + simplex[0].Point[d]) / 2;
            }

            simplex[i] = (point, objective(point));
        }

        return n + 2;

        // The point on the line from the centroid of all but the worst towards the worst.
        (double[] Point, double Value) Along(double distance)
        {
            var point = new double[n];
            for (var d = 0; d < n; d++)
            {
                var centroid = 0.0;
                for (var i = 0; i < n; i++)
                {
                    centroid += simplex[i].Point[d] / n;
                }

                point[d] = centroid + distance * (simplex[n].Point[d] - centroid);
            }

            return (point, objective(point));
        }
    }
}
