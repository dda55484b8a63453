namespace Platform.Forecasting.Sampling;

/// <summary>
/// How errors of one forecast hang together, as the correlation of their normal scores a number of steps apart: what all steps share, plus what fades by
/// the factor <paramref name="Fading"/> a step. It decides how wide totals are: errors that share a sign do not offset each other.
/// </summary>
/// <param name="Shared">0 to 1.</param>
/// <param name="Fading">0 to below 1.</param>
internal readonly record struct ErrorDependence(double Shared, double Fading)
{
    public static readonly ErrorDependence Usual = new(0.3, 0.5);

    /// <summary>How many pairs of steps the usual dependence weighs at each distance.</summary>
    private const double UsualWeight = 5;

    /// <summary>What independent origins times the missing part of the mean product come to.</summary>
    private const double HiddenShare = 0.3;

    public double At(int distance) => Shared + (1 - Shared) * Math.Pow(Fading, distance);

    /// <summary>How many independent errors so many steps in a row are worth, 1 or more.</summary>
    public double Effective(int steps)
    {
        var sum = 1.0;
        for (var distance = 1; distance < steps; distance++)
        {
            sum += 2 * (1 - distance / (double)steps) * At(distance);
        }

        return steps / sum;
    }

    /// <summary>The least squares fit to the mean products of scores, the usual dependence weighing in.</summary>
    /// <param name="scores">By origin, by step: standard normal over all.</param>
    /// <param name="independent">How many origins share no step; few hide what is shared by all.</param>
    public static ErrorDependence Of(IReadOnlyList<double[]> scores, double independent)
    {
        var longest = scores.Count == 0 ? 0 : scores.Max(origin => origin.Length);
        if (longest < 2)
        {
            return Usual;
        }

        var products = new double[longest];
        var weights = new double[longest];
        foreach (var origin in scores)
        {
            for (var i = 0; i < origin.Length; i++)
            {
                for (var j = i + 1; j < origin.Length; j++)
                {
                    products[j - i] += origin[i] * origin[j];
                    weights[j - i]++;
                }
            }
        }

        // Scores are centred over all origins, which takes the part off that the origins share by chance.
        var hidden = HiddenShare / Math.Max(2, independent);
        for (var distance = 1; distance < longest; distance++)
        {
            products[distance] = (products[distance] + hidden * weights[distance] + UsualWeight * Usual.At(distance)) / (weights[distance] + UsualWeight);
            weights[distance] += UsualWeight;
        }

        return Fit(products, weights);
    }

    private static ErrorDependence Fit(double[] products, double[] weights)
    {
        var (best, least) = (Usual, double.PositiveInfinity);
        for (var shared = 0.0; shared < 0.96; shared += 0.05)
        {
            for (var fading = 0.0; fading < 0.96; fading += 0.05)
            {
                var (misfit, power) = (0.0, 1.0);
                for (var distance = 1; distance < products.Length; distance++)
                {
                    power *= fading;
                    var miss = products[distance] - shared - (1 - shared) * power;
                    misfit += weights[distance] * miss * miss;
                }

                (best, least) = misfit < least ? (new ErrorDependence(shared, fading), misfit) : (best, least);
            }
        }

        return best;
    }
}
