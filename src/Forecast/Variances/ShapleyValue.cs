namespace Platform.Forecast.Variances;

/// <summary>
/// Whose doing a change of a product is: each factor's mean effect over all orders in which the factors could have changed one after the other (Shapley 1953; as a decomposition
/// Shorrocks 2013, Journal of Economic Inequality 11:99). No order is preferred, factors of zero do no harm, the parts add up to the change; of two factors it is Bennet's (1920).
/// </summary>
internal static class ShapleyValue
{
    private const int MostFactors = 16;

    /// <returns>By factor; their sum is the product of <paramref name="after"/> less that of <paramref name="before"/>, but for rounding.</returns>
    public static double[] OfProduct(ReadOnlySpan<double> before, ReadOnlySpan<double> after)
    {
        var count = before.Length;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostFactors);
        var weights = Weights(count);
        var parts = new double[count];
        for (var changed = 0; changed < 1 << count; changed++)
        {
            // The product of all factors but one, with the named ones changed: what the one's own change is worth then.
            for (var factor = 0; factor < count; factor++)
            {
                if ((changed >> factor & 1) == 0)
                {
                    var others = 1.0;
                    for (var other = 0; other < count; other++)
                    {
                        others *= other == factor ? 1 : (changed >> other & 1) == 1 ? after[other] : before[other];
                    }

                    parts[factor] += weights[int.PopCount(changed)] * others * (after[factor] - before[factor]);
                }
            }
        }

        return parts;
    }

    /// <summary>
    /// Whole nano-units that add up to the change: each part rounded half to even, and what that leaves (some nano-units) given to the largest, of equals the first.
    /// </summary>
    public static long[] InWhole(ReadOnlySpan<double> parts, long change)
    {
        var whole = new long[parts.Length];
        var (largest, rest) = (0, change);
        for (var i = 0; i < parts.Length; i++)
        {
            whole[i] = Projection.Nanos.Signed(parts[i]);
            rest = unchecked(rest - whole[i]);
            largest = Math.Abs(parts[i]) > Math.Abs(parts[largest]) ? i : largest;
        }

        whole[largest] = unchecked(whole[largest] + rest);
        return whole;
    }

    /// <summary>By how many others have changed before: the share of orders in which it is just those.</summary>
    private static double[] Weights(int count)
    {
        var weights = new double[count];
        var weight = 1.0 / count;
        for (var size = 0; size < count; size++)
        {
            weights[size] = weight;
            weight *= (size + 1.0) / Math.Max(1, count - 1 - size);
        }

        return weights;
    }
}
