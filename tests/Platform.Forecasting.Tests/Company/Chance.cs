namespace Platform.SyntheticCompany;

/// <summary>Draws.</summary>
internal static class Chance
{
    /// <summary>Standard normal (Box and Muller 1958).</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>How many of many come that each seldom does: Poisson's, above 60 its normal limit.</summary>
    public static long Count(Random random, double expected)
    {
        if (expected > 60)
        {
            return Math.Max(0, (long)Math.Round(expected + Math.Sqrt(expected) * Normal(random)));
        }

        var (count, product, limit) = (0L, random.NextDouble(), Math.Exp(-expected));
        while (product > limit)
        {
            count++;
            product *= random.NextDouble();
        }

        return count;
    }

    /// <summary>A factor above zero with a mean of 1 (Gamma of a whole shape): the smaller the shape, the more uneven.</summary>
    public static double Uneven(Random random, int shape)
    {
        var sum = 0.0;
        for (var i = 0; i < shape; i++)
        {
            sum -= Math.Log(1 - random.NextDouble());
        }

        return sum / shape;
    }
}
