using Platform.Forecast.Segments;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Layers;

/// <summary>How sure a share of the past is: drawn anew from its days, with replacement, once a path (the bootstrap of Efron 1979).</summary>
internal static class ShareDraws
{
    private const ulong Seed = 20_260_602;

    /// <summary>By path, the sum of the parts by the sum of the wholes, of as many days as there are; null where the parts are nothing.</summary>
    /// <param name="name">Names the draws: the same days and name give the same shares.</param>
    /// <param name="least">What a share is at least.</param>
    public static double[]? Of(IReadOnlyList<SegmentDay> days, Func<SegmentDay, double> part, Func<SegmentDay, double> whole, string name, double least, double most)
    {
        var pairs = days.Select(day => (Part: part(day), Whole: whole(day))).ToArray();
        if (pairs.All(pair => pair.Part == 0) || pairs.Sum(pair => pair.Whole) <= 0)
        {
            return null;
        }

        var overall = pairs.Sum(pair => pair.Part) / pairs.Sum(pair => pair.Whole);
        var random = new Randomness(Seed ^ Randomness.SeedOf(name));
        var shares = new double[JointPaths.Paths];
        for (var path = 0; path < shares.Length; path++)
        {
            var (parts, wholes) = (0.0, 0.0);
            for (var i = 0; i < pairs.Length; i++)
            {
                var (drawnPart, drawnWhole) = pairs[(int)(random.NextDouble() * pairs.Length)];
                (parts, wholes) = (parts + drawnPart, wholes + drawnWhole);
            }

            shares[path] = Math.Clamp(wholes > 0 ? parts / wholes : overall, least, most);
        }

        return shares;
    }
}
