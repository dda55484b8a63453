using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Periods;

/// <summary>
/// The level of the steps ahead by <see cref="PeriodRule"/> instead of by the models: of what is left of a period that runs, and of all steps for those after it. Models and backtest keep what they know
/// better: the shape of the steps, and how far a forecast may be off in proportion to it.
/// </summary>
internal static class PeriodLevel
{
    /// <summary>Of the history's mean, a step: a level below it is no base for proportions, and is moved instead.</summary>
    private const double LeastLevel = 0.1;

    /// <summary>Paths that the middle of a total is read off.</summary>
    private const int Paths = 1000;

    private const ulong Seed = 20_260_601;

    /// <param name="centre">By step, as the models have it.</param>
    /// <param name="values">The history, with a mean of about 1.</param>
    /// <param name="left">Steps that are left of the period, at least 1.</param>
    /// <returns>By step, the centre, and how far off it is expected to be.</returns>
    public static (double[] Centre, double[] Scales) Of(double[] centre, ErrorModel errors, double[] values, int left, int season)
    {
        var (moved, scales) = ((double[])centre.Clone(), errors.Scales(centre));
        var first = Math.Min(left, centre.Length);
        var (middle, middleOfAll) = Middles(centre, scales, errors, first);
        Move(0, first, first, middle);
        if (first < centre.Length)
        {
            Move(first, centre.Length, centre.Length, middleOfAll);
        }

        return (moved, scales);

        // Steps from one to another, as the rule's total over the first of all steps asks.
        void Move(int from, int to, int judged, double said)
        {
            var rest = PeriodRule.Rest(values, judged, season);
            var isLevel = Math.Min(said, rest) >= LeastLevel * judged;
            var (factor, shift) = isLevel ? (rest / said, 0.0) : (1.0, (rest - said) / judged);
            for (var step = from; step < to; step++)
            {
                (moved[step], scales[step]) = (moved[step] * factor + shift, scales[step] * factor);
            }
        }
    }

    /// <summary>The middle of the total over the first steps, and over all: of a sum of errors that are not even it is not the sum of the middles.</summary>
    private static (double First, double All) Middles(double[] centre, double[] scales, ErrorModel errors, int first)
    {
        var randomness = new Randomness(Seed);
        var (normals, pair) = (new double[centre.Length + 2], new[] { new double[centre.Length], new double[centre.Length] });
        var (ofFirst, ofAll) = (new double[Paths], new double[Paths]);
        for (var path = 0; path < Paths; path += 2)
        {
            randomness.Fill(normals);
            errors.DrawPair(centre, scales, 1, normals, pair[0], pair[1], centre.Length);
            for (var i = 0; i < pair.Length; i++)
            {
                for (var step = 0; step < centre.Length; step++)
                {
                    ofFirst[path + i] += step < first ? pair[i][step] : 0;
                    ofAll[path + i] += pair[i][step];
                }
            }
        }

        Array.Sort(ofFirst);
        Array.Sort(ofAll);
        return (Band.Quantile(ofFirst, 0.5), Band.Quantile(ofAll, 0.5));
    }
}
