namespace Platform.Forecasting.Models;

/// <summary>
/// A series as the sum of several seasons and what is left when they are taken off: MSTL (Bandara, Hyndman, Bergmeir 2021, arXiv 2107.13462). Each
/// season is found after the others were taken off, shorter ones first, twice.
/// </summary>
/// <param name="Adjusted">The history without its seasons: trend and rest.</param>
/// <param name="Patterns">By season, the last one seen, which is repeated; the first value belongs to the first step after the history.</param>
internal sealed record SeasonalSplit(double[] Adjusted, double[][] Patterns)
{
    private const int Rounds = 2;
    private const int FirstWindow = 11;
    private const int WindowStep = 4;

    /// <param name="seasons">Ascending, each at least 2 and at most half the history.</param>
    public static SeasonalSplit Of(ReadOnlySpan<double> history, IReadOnlyList<int> seasons)
    {
        var n = history.Length;
        var adjusted = history.ToArray();
        var trend = new double[n];
        var found = seasons.Select(_ => new double[n]).ToArray();
        for (var round = 0; round < (seasons.Count > 1 ? Rounds : 1); round++)
        {
            for (var i = 0; i < seasons.Count; i++)
            {
                for (var t = 0; t < n; t++)
                {
                    adjusted[t] += found[i][t];
                }

                new SeasonalTrend(seasons[i], FirstWindow + WindowStep * i).Split(adjusted, trend, found[i]);
                for (var t = 0; t < n; t++)
                {
                    adjusted[t] -= found[i][t];
                }
            }
        }

        return new SeasonalSplit(adjusted, [.. found.Select((season, i) => season[^seasons[i]..])]);
    }

    /// <summary>The sum of the seasons at a step after the history, counted from 0.</summary>
    public double Ahead(int step)
    {
        var sum = 0.0;
        foreach (var pattern in Patterns)
        {
            sum += pattern[step % pattern.Length];
        }

        return sum;
    }
}
